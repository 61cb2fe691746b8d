/* Fires the two events of published snippets, which stand here as they are published: one of a kind that there is, and
   one of a subclass of its own. */
#include <switch.h>

SWITCH_MODULE_LOAD_FUNCTION(mod_calltest_load);
SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_calltest_shutdown);
SWITCH_MODULE_DEFINITION(mod_calltest, mod_calltest_load, mod_calltest_shutdown, NULL);

struct { const char *interface_name; } its_interface = { "calltest" }, *ptr = &its_interface;
struct { const char *key, *filename; } its_module = { "mod_calltest", "/somewhere/mod_calltest.so" }, *new_module = &its_module;

SWITCH_STANDARD_API(calltest_function)
{
    switch_event_t *event;
    if (switch_event_create(&event, SWITCH_EVENT_MODULE_LOAD) == SWITCH_STATUS_SUCCESS)
    {
        switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "type", "endpoint");
        switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "name", ptr->interface_name);
        switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "key", new_module->key);
        switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "filename", new_module->filename);
        switch_event_fire(&event);
    }

    if (switch_event_create_subclass(&event,SWITCH_EVENT_CUSTOM,"calltest1::calltest1_sub") == SWITCH_STATUS_SUCCESS)
    {
        switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "callee_uuid", "86896a7a-3dc3-4175-aaa1-cdcbfd9bd566");
        switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "caller_num", "1000");
        switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "callee_num", "1001");
        switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "failed_reason", "exten not avaliable");
        switch_event_fire(&event);
    }

    switch_event_destroy(&event);
    stream->write_function(stream, "+OK %s fired %d\n", zstr(cmd) ? "nobody" : cmd, 2);
    return SWITCH_STATUS_SUCCESS;
}

SWITCH_MODULE_LOAD_FUNCTION(mod_calltest_load)
{
    switch_api_interface_t *api_interface;
    *module_interface = switch_loadable_module_create_module_interface(pool, modname);
    SWITCH_ADD_API(api_interface, "calltest", "Fires two events", calltest_function, "[<name>]");
    switch_console_set_complete("add calltest");
    switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_NOTICE, "Hello from %s\n", modname);
    return SWITCH_STATUS_SUCCESS;
}

SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_calltest_shutdown)
{
    return SWITCH_STATUS_SUCCESS;
}
