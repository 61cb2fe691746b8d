/* Applications, and a command that looks at calls of others. */
#include <switch.h>

SWITCH_MODULE_LOAD_FUNCTION(mod_desk_load);
SWITCH_MODULE_DEFINITION(mod_desk, mod_desk_load, NULL, NULL);

static void tell(switch_channel_t *channel, const char *what)
{
	switch_event_t *event;
	if (switch_event_create_subclass(&event, SWITCH_EVENT_CUSTOM, "desk::news") == SWITCH_STATUS_SUCCESS) {
		switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "News", what);
		switch_channel_event_set_data(channel, event);
		switch_event_fire(&event);
	}
}

SWITCH_STANDARD_APP(desk_function)
{
	switch_channel_t *channel = switch_core_session_get_channel(session);
	switch_caller_profile_t *profile = switch_channel_get_caller_profile(channel);
	char *mydata = switch_core_session_strdup(session, data), *argv[3] = { 0 }, *expanded;
	const char *colour;
	switch_time_t begun;

	switch_separate_string(mydata, ' ', argv, switch_arraylen(argv));
	if (switch_channel_answer(channel) != SWITCH_STATUS_SUCCESS) return;
	switch_channel_set_variable(channel, "desk_number", profile->destination_number);
	switch_channel_set_variable_printf(channel, "desk_words", "%s,%s", switch_str_nil(argv[0]), switch_str_nil(argv[1]));
	if ((colour = switch_channel_get_variable(channel, "colour"))) {
		switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_NOTICE, "The colour is %s\n", colour);
	}
	expanded = switch_channel_expand_variables(channel, "${uuid} is ${colour}");
	switch_channel_set_variable(channel, "desk_expanded", expanded);
	switch_safe_free(expanded);
	switch_channel_set_variable(channel, "gone", NULL);
	switch_ivr_play_file(session, NULL, "silence_stream://20", NULL);
	switch_core_session_execute_application(session, "set", "desk_set=yes");
	switch_ivr_sleep(session, 1, SWITCH_TRUE, NULL);
	if (argv[2]) {
		char digits[8];
		if (switch_play_and_get_digits(session, 1, 4, 2, 5000, "#", "silence_stream://20", NULL, "desk_digits", digits, sizeof(digits),
									   "\\d+", 1000, NULL) == SWITCH_STATUS_SUCCESS) {
			switch_channel_set_variable(channel, "desk_typed", digits);
		}
	}
	tell(channel, "waits");
	begun = switch_micro_time_now();
	while (switch_channel_ready(channel) && !switch_true(switch_channel_get_variable(channel, "enough"))) {
		if (switch_micro_time_now() - begun > 20000000) return;
		switch_yield(1000);
	}
	tell(channel, switch_channel_ready(channel) ? "goes on" : switch_channel_cause2str(switch_channel_get_cause(channel)));
	switch_channel_hangup(channel, SWITCH_CAUSE_USER_BUSY);
}

SWITCH_STANDARD_API(look_function)
{
	switch_core_session_t *found;
	(void) session;
	if (zstr(cmd) || !(found = switch_core_session_locate(cmd))) {
		stream->write_function(stream, "-ERR No such channel!\n");
		return SWITCH_STATUS_SUCCESS;
	}
	stream->write_function(stream, "%s %s %s %s", switch_core_session_get_uuid(found), switch_core_session_get_name(found),
		switch_str_nil(switch_channel_get_variable(switch_core_session_get_channel(found), "desk_words")),
		switch_channel_state_name(switch_channel_get_state(switch_core_session_get_channel(found))));
	if (switch_core_session_execute_application(found, "set", "seen=yes") != SWITCH_STATUS_SUCCESS) {
		stream->write_function(stream, "-ERR it could not be marked\n");
	}
	switch_core_session_rwunlock(found);
	/* What was given back is no session any more. */
	if (switch_core_session_get_uuid(found)) stream->write_function(stream, "-ERR it is still there\n");
	return SWITCH_STATUS_SUCCESS;
}

SWITCH_MODULE_LOAD_FUNCTION(mod_desk_load)
{
	switch_application_interface_t *app_interface;
	switch_api_interface_t *api_interface;
	*module_interface = switch_loadable_module_create_module_interface(pool, modname);
	SWITCH_ADD_APP(app_interface, "desk", "Waits at a desk", "Answers, and waits until it is enough", desk_function, "<name> <colour>", SAF_NONE);
	SWITCH_ADD_API(api_interface, "look", "Looks at a call", look_function, "<uuid>");
	return SWITCH_STATUS_SUCCESS;
}
