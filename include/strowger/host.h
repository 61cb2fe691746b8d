/* The functions of the switch, as a table. The order is the interface: SWITCH_API_VERSION stands for it. */
#ifndef STROWGER_HOST_H
#define STROWGER_HOST_H

SWITCH_BEGIN_EXTERN_C

typedef struct strowger_host {
	/* Which module this table was given to. */
	void *module;
	/* Log. */
	void (*log)(void *module, int channel, const char *file, const char *function, int line, const char *about, int level,
				const char *text);
	/* Memory. A pool that is NULL is the module's own. */
	switch_status_t (*pool_new)(void *module, switch_memory_pool_t **pool);
	switch_status_t (*pool_destroy)(switch_memory_pool_t **pool);
	void *(*pool_alloc)(void *module, switch_memory_pool_t *pool, switch_size_t size);
	/* The module and what it brings. */
	switch_loadable_module_interface_t *(*module_interface)(void *module, switch_memory_pool_t *pool, const char *name);
	void *(*create_interface)(void *module, switch_loadable_module_interface_t *of, int kind);
	void (*set_complete)(void *module, const char *text);
	/* Events. */
	switch_status_t (*event_create)(const char *file, const char *function, int line, switch_event_t **event, int id,
									const char *subclass);
	switch_status_t (*event_add_header)(switch_event_t *event, int stack, const char *name, const char *value);
	switch_status_t (*event_del_header)(switch_event_t *event, const char *name, const char *value);
	switch_event_header_t *(*event_get_header)(switch_event_t *event, const char *name);
	switch_status_t (*event_set_body)(switch_event_t *event, const char *body);
	switch_status_t (*event_set_subclass)(switch_event_t *event, const char *subclass);
	switch_status_t (*event_dup)(switch_event_t **event, switch_event_t *other);
	void (*event_merge)(switch_event_t *event, switch_event_t *other);
	void (*event_destroy)(switch_event_t **event);
	switch_status_t (*event_serialize)(switch_event_t *event, char **text, int format);
	switch_status_t (*event_fire)(void *module, switch_event_t **event, void *user_data);
	switch_status_t (*event_bind)(void *module, const char *id, int event, const char *subclass,
								  switch_event_callback_t callback, void *user_data, switch_event_node_t **node);
	switch_status_t (*event_unbind)(void *module, switch_event_node_t **node);
	switch_status_t (*event_unbind_callback)(void *module, switch_event_callback_t callback);
	switch_status_t (*event_reserve_subclass)(void *module, const char *subclass);
	switch_status_t (*event_free_subclass)(void *module, const char *subclass);
	const char *(*event_name)(int id);
	switch_status_t (*name_event)(const char *name, switch_event_types_t *id);
	/* The switch. */
	const char *(*get_variable)(void *module, const char *name);
	void (*set_variable)(const char *name, const char *value);
	const char *(*identity)(void *module, int which);
	uint32_t (*session_count)(void);
	switch_bool_t (*ready)(void);
	void (*new_uuid)(char *into, switch_size_t size);
	switch_status_t (*api_execute)(void *module, const char *command, const char *argument, switch_core_session_t *session,
								   char **answer);
	const char *(*cause_name)(int cause);
	int (*name_cause)(const char *name);
	/* Threads. */
	switch_status_t (*thread_start)(void *module, void *(*run)(void *data), void *data, uint64_t *id);
	switch_status_t (*thread_join)(void *module, uint64_t id);
	/* Configuration. */
	switch_xml_t (*xml_open)(const char *file, const char *section);
	void (*xml_free)(switch_xml_t xml);
	/* Calls. */
	switch_core_session_t *(*session_locate)(void *module, const char *uuid);
	void (*session_rwunlock)(switch_core_session_t *session);
	switch_memory_pool_t *(*session_pool)(switch_core_session_t *session);
	const char *(*session_text)(switch_core_session_t *session, int which);
	int (*session_number)(switch_core_session_t *session, int which);
	const char *(*session_get_variable)(switch_core_session_t *session, const char *name);
	switch_status_t (*session_set_variable)(switch_core_session_t *session, const char *name, const char *value, int how);
	switch_status_t (*session_answer)(switch_core_session_t *session, int how);
	switch_channel_state_t (*session_hangup)(switch_core_session_t *session, int cause);
	switch_status_t (*session_execute)(switch_core_session_t *session, const char *application, const char *argument);
	switch_status_t (*session_perform)(switch_core_session_t *session, int what, const char *first, const char *second,
									   const char *third);
	switch_status_t (*session_ask)(switch_core_session_t *session, const strowger_asking_t *asking, char *into,
								   switch_size_t size);
	switch_status_t (*session_transfer)(switch_core_session_t *session, const char *extension, const char *dialplan,
										const char *context);
	switch_status_t (*session_event_data)(switch_core_session_t *session, switch_event_t *event);
	char *(*session_expand)(switch_core_session_t *session, const char *text);
	switch_caller_profile_t *(*session_profile)(switch_core_session_t *session);
} strowger_host_t;

/* Of all files of a module there is one, and no other module sees it. */
__attribute__((weak, visibility("hidden"))) const strowger_host_t *strowger_host;

SWITCH_END_EXTERN_C
#endif
