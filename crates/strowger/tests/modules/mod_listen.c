/* Listens: answers each CUSTOM ping::ping with a CUSTOM ping::pong, counts, and runs a thread until it is ended. */
#include <switch.h>

SWITCH_MODULE_LOAD_FUNCTION(mod_listen_load);
SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_listen_shutdown);
SWITCH_MODULE_RUNTIME_FUNCTION(mod_listen_runtime);
SWITCH_MODULE_DEFINITION(mod_listen, mod_listen_load, mod_listen_shutdown, mod_listen_runtime);

static struct {
	switch_mutex_t *mutex;
	switch_event_node_t *node;
	int heard;
	volatile int running;
} globals;

static void on_ping(switch_event_t *event)
{
	switch_event_t *pong;
	switch_event_header_t *header;
	int own = 0;
	switch_assert(event->bind_user_data == &globals);
	switch_mutex_lock(globals.mutex);
	globals.heard++;
	switch_mutex_unlock(globals.mutex);
	for (header = event->headers; header; header = header->next) {
		if (!strncasecmp(header->name, "ping-", 5)) own++;
	}
	if (switch_event_create_subclass(&pong, SWITCH_EVENT_CUSTOM, "ping::pong") != SWITCH_STATUS_SUCCESS) return;
	switch_event_add_header(pong, SWITCH_STACK_BOTTOM, "Own-Headers", "%d", own);
	switch_event_add_header_string(pong, SWITCH_STACK_BOTTOM, "Name", switch_event_get_header_nil(event, "ping-name"));
	switch_event_add_header_string(pong, SWITCH_STACK_BOTTOM, "Second", switch_event_get_header_idx(event, "ping-list", 1));
	switch_event_add_header_string(pong, SWITCH_STACK_PUSH, "List", "one");
	switch_event_add_header_string(pong, SWITCH_STACK_PUSH, "List", "two");
	switch_event_add_body(pong, "heard %s", switch_str_nil(switch_event_get_body(event)));
	switch_event_fire(&pong);
}

SWITCH_STANDARD_API(listen_function)
{
	char *mine = strdup(switch_str_nil(cmd)), *argv[4] = { 0 };
	int argc = switch_separate_string(mine, ' ', argv, switch_arraylen(argv));
	if (argc == 0) {
		stream->write_function(stream, "-USAGE: %s\n", "count|version|echo <command>|busy|bad");
	} else if (!strcasecmp(argv[0], "count")) {
		stream->write_function(stream, "%d\n", globals.heard);
	} else if (!strcasecmp(argv[0], "echo") && argc > 1) {
		switch_stream_handle_t inner = { 0 };
		SWITCH_STANDARD_STREAM(inner);
		switch_api_execute("echo", argv[1], NULL, &inner);
		stream->write_function(stream, "[%s]", (char *) inner.data);
		switch_safe_free(inner.data);
	} else if (!strcasecmp(argv[0], "again")) {
		switch_stream_handle_t inner = { 0 };
		SWITCH_STANDARD_STREAM(inner);
		switch_api_execute("listen", "again", NULL, &inner);
		stream->write_function(stream, "%s", (char *) inner.data);
		switch_safe_free(inner.data);
	} else if (!strcasecmp(argv[0], "text")) {
		char *text = switch_mprintf("%q|%Q|%w|%5.1f|%ld|%s", "it's", "o'clock", "a\"b", 2.25, 7L, switch_core_get_variable("listen_name"));
		switch_event_t *event, *copy;
		char *json;
		stream->write_function(stream, "%s\n", text);
		switch_safe_free(text);
		switch_event_create(&event, SWITCH_EVENT_GENERAL);
		switch_event_add_header_string(event, SWITCH_STACK_TOP, "a", "1");
		switch_event_dup(&copy, event);
		switch_event_destroy(&event);
		switch_event_serialize_json(copy, &json);
		stream->write_function(stream, "%s %s\n", switch_event_name(copy->event_id), strstr(json, "\"a\"") ? "a" : "none");
		switch_safe_free(json);
		switch_event_destroy(&copy);
	} else if (!strcasecmp(argv[0], "setting")) {
		switch_xml_t cfg, xml = switch_xml_open_cfg("listen.conf", &cfg, NULL), param;
		if (!xml) {
			stream->write_function(stream, "-ERR no listen.conf\n");
		} else {
			for (param = switch_xml_child(switch_xml_child(cfg, "settings"), "param"); param; param = param->next) {
				stream->write_function(stream, "%s=%s;", switch_xml_attr_soft(param, "name"), switch_xml_attr_soft(param, "value"));
			}
			switch_xml_free(xml);
		}
	} else if (!strcasecmp(argv[0], "bad")) {
		switch_event_t *event = NULL;
		switch_core_session_t *session = switch_core_session_locate("nobody");
		switch_event_destroy(&event);
		switch_event_fire(&event);
		switch_event_add_header_string(NULL, SWITCH_STACK_BOTTOM, NULL, NULL);
		switch_channel_hangup(switch_core_session_get_channel((switch_core_session_t *) "no session"), SWITCH_CAUSE_NORMAL_CLEARING);
		switch_core_session_rwunlock((switch_core_session_t *) 12345);
		if (switch_core_alloc((switch_memory_pool_t *) 12345, 5) || session) return SWITCH_STATUS_SUCCESS;
		stream->write_function(stream, "nothing came of it\n");
	} else if (!strcasecmp(argv[0], "busy")) {
		/* Until somebody says that it is enough. */
		while (!switch_true(switch_core_get_variable("listen_enough"))) switch_yield(1000);
		stream->write_function(stream, "+OK\n");
	}
	switch_safe_free(mine);
	return argc ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}

SWITCH_MODULE_LOAD_FUNCTION(mod_listen_load)
{
	switch_api_interface_t *api_interface;
	*module_interface = switch_loadable_module_create_module_interface(pool, modname);
	memset(&globals, 0, sizeof(globals));
	globals.running = 1;
	switch_mutex_init(&globals.mutex, SWITCH_MUTEX_NESTED, pool);
	if (switch_event_reserve_subclass("ping::pong") != SWITCH_STATUS_SUCCESS) return SWITCH_STATUS_TERM;
	if (switch_event_bind_removable(modname, SWITCH_EVENT_CUSTOM, "ping::ping", on_ping, &globals, &globals.node) != SWITCH_STATUS_SUCCESS) {
		return SWITCH_STATUS_GENERR;
	}
	SWITCH_ADD_API(api_interface, "listen", "Tells what was heard", listen_function, "count|busy");
	return SWITCH_STATUS_SUCCESS;
}

SWITCH_MODULE_RUNTIME_FUNCTION(mod_listen_runtime)
{
	switch_core_set_variable("listen_runs", "true");
	while (globals.running) switch_yield(1000);
	switch_core_set_variable("listen_runs", "false");
	return SWITCH_STATUS_TERM;
}

/* It unbinds nothing and frees nothing: that goes with the module. */
SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_listen_shutdown)
{
	globals.running = 0;
	return SWITCH_STATUS_SUCCESS;
}
