/* What a module is made of. */
#ifndef STROWGER_MODULE_H
#define STROWGER_MODULE_H

SWITCH_BEGIN_EXTERN_C

#define SWITCH_MODULE_LOAD_ARGS (switch_loadable_module_interface_t **module_interface, switch_memory_pool_t *pool)
#define SWITCH_MODULE_RUNTIME_ARGS (void)
#define SWITCH_MODULE_SHUTDOWN_ARGS (void)
typedef switch_status_t (*switch_module_load_t) SWITCH_MODULE_LOAD_ARGS;
typedef switch_status_t (*switch_module_runtime_t) SWITCH_MODULE_RUNTIME_ARGS;
typedef switch_status_t (*switch_module_shutdown_t) SWITCH_MODULE_SHUTDOWN_ARGS;
#define SWITCH_MODULE_LOAD_FUNCTION(name) switch_status_t name SWITCH_MODULE_LOAD_ARGS
#define SWITCH_MODULE_RUNTIME_FUNCTION(name) switch_status_t name SWITCH_MODULE_RUNTIME_ARGS
#define SWITCH_MODULE_SHUTDOWN_FUNCTION(name) switch_status_t name SWITCH_MODULE_SHUTDOWN_ARGS

/* What the switch looks for in a file: `mod_x_module_interface` in mod_x.so. */
typedef struct switch_loadable_module_function_table {
	int switch_api_version;
	switch_module_load_t load;
	switch_module_shutdown_t shutdown;
	switch_module_runtime_t runtime;
	switch_module_flag_t flags;
	const strowger_host_t **host;
} switch_loadable_module_function_table_t;

#define SWITCH_MODULE_DEFINITION_EX(name, load, shutdown, runtime, flags) \
	static const char modname[] __attribute__((unused)) = #name; \
	SWITCH_MOD_DECLARE_DATA switch_loadable_module_function_table_t name##_module_interface = { \
		SWITCH_API_VERSION, load, shutdown, runtime, flags, &strowger_host }
#define SWITCH_MODULE_DEFINITION(name, load, shutdown, runtime) \
	SWITCH_MODULE_DEFINITION_EX(name, load, shutdown, runtime, SMODF_NONE)

SWITCH_INLINE switch_loadable_module_interface_t *switch_loadable_module_create_module_interface(switch_memory_pool_t *pool,
	const char *name)
{
	return strowger_host->module_interface(strowger_host->module, pool, name);
}

SWITCH_INLINE void *switch_loadable_module_create_interface(switch_loadable_module_interface_t *of,
	switch_module_interface_name_t kind)
{
	return strowger_host->create_interface(strowger_host->module, of, kind);
}

#define SWITCH_STANDARD_API(name) \
	static switch_status_t name(const char *cmd, switch_core_session_t *session, switch_stream_handle_t *stream)
#define SWITCH_STANDARD_APP(name) static void name(switch_core_session_t *session, const char *data)

#define SWITCH_ADD_API(place, its_name, about, its_function, arguments) do { \
		(place) = (switch_api_interface_t *) switch_loadable_module_create_interface(*module_interface, SWITCH_API_INTERFACE); \
		if (place) { \
			(place)->interface_name = (its_name); \
			(place)->desc = (about); \
			(place)->function = (its_function); \
			(place)->syntax = (arguments); \
		} \
	} while (0)

#define SWITCH_ADD_APP(place, its_name, about, more, its_function, arguments, its_flags) do { \
		(place) = (switch_application_interface_t *) \
			switch_loadable_module_create_interface(*module_interface, SWITCH_APPLICATION_INTERFACE); \
		if (place) { \
			(place)->interface_name = (its_name); \
			(place)->short_desc = (about); \
			(place)->long_desc = (more); \
			(place)->application_function = (its_function); \
			(place)->syntax = (arguments); \
			(place)->flags = (its_flags); \
		} \
	} while (0)

SWITCH_END_EXTERN_C
#endif
