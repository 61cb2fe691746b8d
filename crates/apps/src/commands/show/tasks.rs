use strowger_core::Switch;

use super::table::Table;

/// The columns of FreeSWITCH's table `tasks`.
const TASKS: [&str; 6] = ["task_id", "task_desc", "task_group", "task_runtime", "task_sql_manager", "hostname"];

/// What is scheduled.
pub(super) fn tasks(switch: &Switch) -> Table {
    let mut table = Table::new(TASKS);
    for task in switch.scheduler().tasks() {
        let (id, runtime) = (task.id.to_string(), task.runtime.to_string());
        let host = switch.bus().identity().hostname.clone();
        table.push(vec![id, task.description.to_owned(), task.group, runtime, "0".to_owned(), host]);
    }
    table
}
