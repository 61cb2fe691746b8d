/* Calls. A session that is over, or was never one, answers nothing and does nothing. */
#ifndef STROWGER_CALL_H
#define STROWGER_CALL_H

SWITCH_BEGIN_EXTERN_C

/* A session and its channel are the same to the switch. */
#define switch_core_session_get_channel(session) ((switch_channel_t *) (session))
#define switch_channel_get_session(channel) ((switch_core_session_t *) (channel))
#define strowger_session_of(channel) ((switch_core_session_t *) (channel))

/* Whoever locates a session gives it back with switch_core_session_rwunlock. */
#define switch_core_session_locate(uuid) strowger_host->session_locate(strowger_host->module, uuid)
#define switch_core_session_force_locate(uuid) switch_core_session_locate(uuid)
#define switch_core_session_rwunlock(session) strowger_host->session_rwunlock(session)

#define switch_core_session_get_pool(session) strowger_host->session_pool(session)
#define switch_core_session_alloc(session, size) switch_core_alloc(switch_core_session_get_pool(session), size)
#define switch_core_session_strdup(session, text) switch_core_strdup(switch_core_session_get_pool(session), text)
#define switch_core_session_sprintf(session, ...) switch_core_sprintf(switch_core_session_get_pool(session), __VA_ARGS__)
#define switch_channel_get_pool(channel) switch_core_session_get_pool(strowger_session_of(channel))

#define switch_core_session_get_uuid(session) ((char *) strowger_host->session_text(session, 0))
#define switch_channel_get_uuid(channel) switch_core_session_get_uuid(strowger_session_of(channel))
#define switch_channel_get_name(channel) ((char *) strowger_host->session_text(strowger_session_of(channel), 1))
#define switch_core_session_get_name(session) switch_channel_get_name(session)
#define switch_channel_state_name(state) strowger_state_name(state)
#define switch_channel_get_state(channel) \
	((switch_channel_state_t) strowger_host->session_number(strowger_session_of(channel), 0))
#define switch_channel_get_running_state(channel) switch_channel_get_state(channel)
#define switch_channel_get_cause(channel) \
	((switch_call_cause_t) strowger_host->session_number(strowger_session_of(channel), 1))
#define switch_channel_direction(channel) \
	((switch_call_direction_t) strowger_host->session_number(strowger_session_of(channel), 2))
#define switch_channel_test_ready(channel, media, end) strowger_host->session_number(strowger_session_of(channel), (media) ? 4 : 3)
#define switch_channel_ready(channel) switch_channel_test_ready(channel, 0, 0)
#define switch_channel_media_ready(channel) switch_channel_test_ready(channel, 1, 0)
#define switch_channel_answered(channel) strowger_host->session_number(strowger_session_of(channel), 5)
#define switch_channel_get_callstate(channel) \
	((switch_channel_callstate_t) strowger_host->session_number(strowger_session_of(channel), 6))
#define switch_channel_callstate2str(state) strowger_callstate_name(state)
#define switch_channel_up(channel) (switch_channel_get_state(channel) < CS_HANGUP)
#define switch_channel_down(channel) (switch_channel_get_state(channel) >= CS_HANGUP)
#define switch_channel_get_caller_profile(channel) strowger_host->session_profile(strowger_session_of(channel))

SWITCH_INLINE const char *strowger_state_name(switch_channel_state_t state)
{
	static const char *const names[] = { "CS_NEW", "CS_INIT", "CS_ROUTING", "CS_SOFT_EXECUTE", "CS_EXECUTE",
		"CS_EXCHANGE_MEDIA", "CS_PARK", "CS_CONSUME_MEDIA", "CS_HIBERNATE", "CS_RESET", "CS_HANGUP", "CS_REPORTING",
		"CS_DESTROY", "CS_NONE" };
	return (size_t) state < switch_arraylen(names) ? names[state] : "CS_NONE";
}

SWITCH_INLINE const char *strowger_callstate_name(switch_channel_callstate_t state)
{
	static const char *const names[] = { "DOWN", "DIALING", "RINGING", "EARLY", "ACTIVE", "HELD", "RING_WAIT", "HANGUP",
		"UNHELD" };
	return (size_t) state < switch_arraylen(names) ? names[state] : "DOWN";
}

/* Variables. The text that is read stays as long as the session does. */
SWITCH_INLINE const char *switch_channel_get_variable(switch_channel_t *channel, const char *name)
{
	return strowger_host->session_get_variable(strowger_session_of(channel), name);
}

#define switch_channel_get_variable_dup(channel, name, dup, index) switch_channel_get_variable(channel, name)

SWITCH_INLINE switch_status_t switch_channel_set_variable(switch_channel_t *channel, const char *name, const char *value)
{
	return strowger_host->session_set_variable(strowger_session_of(channel), name, value, 0);
}

SWITCH_INLINE switch_status_t switch_channel_export_variable(switch_channel_t *channel, const char *name, const char *value,
	const char *export_variable)
{
	int is_bridge = export_variable && !strcmp(export_variable, SWITCH_BRIDGE_EXPORT_VARS_VARIABLE);
	return strowger_host->session_set_variable(strowger_session_of(channel), name, value, is_bridge ? 2 : 1);
}

PRINTF_FUNCTION(3, 4) SWITCH_INLINE switch_status_t switch_channel_set_variable_printf(switch_channel_t *channel,
	const char *name, const char *fmt, ...)
{
	va_list arguments;
	switch_status_t status;
	char *value;
	va_start(arguments, fmt);
	value = strowger_vformat(fmt, arguments);
	va_end(arguments);
	status = value ? switch_channel_set_variable(channel, name, value) : SWITCH_STATUS_MEMERR;
	free(value);
	return status;
}

/* The text with ${…} expanded: the text itself, or memory for free(), when something was. */
SWITCH_INLINE char *switch_channel_expand_variables(switch_channel_t *channel, const char *text)
{
	char *expanded = text && strstr(text, "${") ? strowger_host->session_expand(strowger_session_of(channel), text) : NULL;
	return expanded ? expanded : (char *) text;
}

#define switch_channel_ring_ready(channel) strowger_host->session_answer(strowger_session_of(channel), 0)
#define switch_channel_pre_answer(channel) strowger_host->session_answer(strowger_session_of(channel), 1)
#define switch_channel_answer(channel) strowger_host->session_answer(strowger_session_of(channel), 2)
#define switch_channel_hangup(channel, cause) strowger_host->session_hangup(strowger_session_of(channel), cause)
#define switch_channel_event_set_data(channel, event) \
	((void) strowger_host->session_event_data(strowger_session_of(channel), event))
#define switch_channel_event_set_basic_data(channel, event) switch_channel_event_set_data(channel, event)

#define switch_core_session_execute_application(session, application, argument) \
	strowger_host->session_execute(session, application, argument)
#define switch_core_session_execute_application_async(session, application, argument) \
	strowger_host->session_execute(session, application, argument)
#define switch_ivr_session_transfer(session, extension, dialplan, context) \
	strowger_host->session_transfer(session, extension, dialplan, context)

/* Waits until it is played. Digits stay where they are: there are no input callbacks here. */
SWITCH_INLINE switch_status_t switch_ivr_play_file(switch_core_session_t *session, switch_file_handle_t *handle,
	const char *file, switch_input_args_t *arguments)
{
	(void) handle;
	(void) arguments;
	return strowger_host->session_perform(session, 0, file, NULL, NULL);
}

SWITCH_INLINE switch_status_t switch_ivr_sleep(switch_core_session_t *session, uint32_t milliseconds, switch_bool_t sync,
	switch_input_args_t *arguments)
{
	char text[16];
	(void) sync;
	(void) arguments;
	snprintf(text, sizeof(text), "%u", milliseconds);
	return strowger_host->session_perform(session, 1, text, NULL, NULL);
}

SWITCH_INLINE switch_status_t switch_ivr_phrase_macro(switch_core_session_t *session, const char *name, const char *data,
	const char *language, switch_input_args_t *arguments)
{
	(void) arguments;
	return strowger_host->session_perform(session, 2, name, data, language);
}

SWITCH_INLINE switch_status_t switch_ivr_speak_text(switch_core_session_t *session, const char *engine, const char *voice,
	char *text, switch_input_args_t *arguments)
{
	(void) arguments;
	return strowger_host->session_perform(session, 3, engine, voice, text);
}

SWITCH_INLINE switch_status_t switch_play_and_get_digits(switch_core_session_t *session, uint32_t min_digits,
	uint32_t max_digits, uint32_t max_tries, uint32_t timeout, const char *terminators, const char *prompt,
	const char *bad_prompt, const char *variable, char *into, uint32_t size, const char *pattern, uint32_t digit_timeout,
	const char *onward)
{
	strowger_asking_t asking;
	asking.min_digits = min_digits;
	asking.max_digits = max_digits;
	asking.max_tries = max_tries;
	asking.timeout = timeout;
	asking.digit_timeout = digit_timeout ? digit_timeout : timeout;
	asking.terminators = terminators;
	asking.prompt = prompt;
	asking.bad_prompt = bad_prompt;
	asking.variable = variable;
	asking.pattern = pattern;
	asking.onward = onward;
	return strowger_host->session_ask(session, &asking, into, size);
}

SWITCH_END_EXTERN_C
#endif
