/* What must be C, compiled with the header that modules are compiled with. */
#include <switch.h>

/* Runs a command of a module: its answer, in memory for free(). */
switch_status_t strowger_run_command(const switch_api_interface_t *command, const char *argument, char **answer)
{
	switch_stream_handle_t stream;
	switch_status_t status;
	SWITCH_STANDARD_STREAM(stream);
	status = command->function
		? command->function(argument, NULL, &stream)
		: command->strowger_run(command->strowger_data, argument, NULL, &stream);
	if (status != SWITCH_STATUS_SUCCESS) stream.write_function(&stream, "COMMAND RETURNED ERROR!\n");
	*answer = (char *) stream.data;
	return status;
}

/* How the structures lie in memory, for a test that holds them against Rust's. */
const size_t strowger_layout[] = {
	sizeof(switch_event_header_t), offsetof(switch_event_header_t, next),
	sizeof(switch_event_t), offsetof(switch_event_t, strowger_mark),
	sizeof(switch_stream_handle_t), offsetof(switch_stream_handle_t, param_event),
	sizeof(switch_application_interface_t), offsetof(switch_application_interface_t, strowger_data),
	sizeof(switch_api_interface_t), offsetof(switch_api_interface_t, strowger_data),
	sizeof(switch_loadable_module_interface_t), sizeof(struct switch_xml), offsetof(struct switch_xml, parent),
	sizeof(switch_loadable_module_function_table_t), offsetof(switch_loadable_module_function_table_t, host),
	sizeof(switch_caller_profile_t), sizeof(strowger_asking_t), offsetof(strowger_asking_t, onward), sizeof(strowger_host_t), SWITCH_API_VERSION,
	SWITCH_EVENT_ALL, SWITCH_CAUSE_NORMAL_CLEARING, CS_NONE, SWITCH_STATUS_NOUNLOAD, SWITCH_STATUS_TERM,
};
