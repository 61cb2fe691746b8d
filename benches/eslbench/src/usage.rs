//! What a process uses, as Linux counts it.

/// A process's use of the machine at one moment; zeros where `/proc` has no such process.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Usage {
    /// Processor time since its start, seconds.
    pub cpu: f64,
    /// Resident memory, KiB.
    pub resident: f64,
    /// Threads.
    pub threads: f64,
    /// Open files, sockets among them.
    pub files: f64,
}

/// Clock ticks a second in `/proc/PID/stat`: 100 on every Linux this runs on (`getconf CLK_TCK`).
const TICKS: f64 = 100.0;

impl Usage {
    /// What process `pid` uses now.
    pub fn of(pid: u32) -> Usage {
        let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
        let (stat, status) = (read("stat"), read("status"));
        // Fields count from behind the program's name, which may hold anything: utime and stime are the 12th and 13th.
        let ticks = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
        let number = |name: &str| {
            let value = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            value.and_then(|value| value.split_whitespace().next()?.parse().ok()).unwrap_or_default()
        };
        Usage {
            cpu: ticks.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / TICKS,
            resident: number("VmRSS"),
            threads: number("Threads"),
            files: std::fs::read_dir(format!("/proc/{pid}/fd")).map_or(0.0, |files| files.count() as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_use_is_seen() {
        let ours = Usage::of(std::process::id());
        assert!(ours.resident > 100.0 && ours.threads >= 1.0 && ours.files >= 3.0, "{ours:?}");
        assert_eq!(Usage::of(0), Usage::default());
    }
}
