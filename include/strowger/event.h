/* Events. */
#ifndef STROWGER_EVENT_H
#define STROWGER_EVENT_H

SWITCH_BEGIN_EXTERN_C

#define switch_event_create(event, id) \
	strowger_host->event_create(__FILE__, __SWITCH_FUNC__, __LINE__, event, id, NULL)
#define switch_event_create_subclass(event, id, subclass) \
	strowger_host->event_create(__FILE__, __SWITCH_FUNC__, __LINE__, event, id, subclass)
#define switch_event_create_plain(event, id) switch_event_create(event, id)
#define switch_event_fire(event) strowger_host->event_fire(strowger_host->module, event, NULL)
#define switch_event_fire_data(event, data) strowger_host->event_fire(strowger_host->module, event, data)
#define switch_event_destroy(event) strowger_host->event_destroy(event)
#define switch_event_safe_destroy(event) do { if (event) switch_event_destroy(&(event)); } while (0)
#define switch_event_dup(event, other) strowger_host->event_dup(event, other)
#define switch_event_merge(event, other) strowger_host->event_merge(event, other)
#define switch_event_set_subclass_name(event, subclass) strowger_host->event_set_subclass(event, subclass)
#define switch_event_name(id) strowger_host->event_name(id)
#define switch_name_event(name, id) strowger_host->name_event(name, id)

SWITCH_INLINE switch_status_t switch_event_set_priority(switch_event_t *event, switch_priority_t priority)
{
	event->priority = priority;
	return SWITCH_STATUS_SUCCESS;
}

SWITCH_INLINE switch_status_t switch_event_add_header_string(switch_event_t *event, switch_stack_t stack, const char *name,
	const char *value)
{
	return strowger_host->event_add_header(event, stack, name, value);
}

/* The value is the event's from here on, and was made with malloc(). */
SWITCH_INLINE switch_status_t switch_event_add_header_string_nodup(switch_event_t *event, switch_stack_t stack,
	const char *name, const char *value)
{
	switch_status_t status = strowger_host->event_add_header(event, stack, name, value);
	free((void *) value);
	return status;
}

PRINTF_FUNCTION(4, 5) SWITCH_INLINE switch_status_t switch_event_add_header(switch_event_t *event, switch_stack_t stack,
	const char *name, const char *fmt, ...)
{
	va_list arguments;
	switch_status_t status;
	char *value;
	va_start(arguments, fmt);
	value = strowger_vformat(fmt, arguments);
	va_end(arguments);
	status = value ? strowger_host->event_add_header(event, stack, name, value) : SWITCH_STATUS_MEMERR;
	free(value);
	return status;
}

#define switch_event_del_header(event, name) strowger_host->event_del_header(event, name, NULL)
#define switch_event_del_header_val(event, name, value) strowger_host->event_del_header(event, name, value)

SWITCH_INLINE switch_event_header_t *switch_event_get_header_ptr(switch_event_t *event, const char *name)
{
	return strowger_host->event_get_header(event, name);
}

/* The value, or of an array that at `index`; with -1 the whole. */
SWITCH_INLINE char *switch_event_get_header_idx(switch_event_t *event, const char *name, int index)
{
	switch_event_header_t *header = switch_event_get_header_ptr(event, name);
	if (header && index > -1) return index < header->idx ? header->array[index] : NULL;
	if (!header && name && event && !strcmp(name, "_body")) return event->body;
	return header ? header->value : NULL;
}

#define switch_event_get_header(event, name) switch_event_get_header_idx(event, name, -1)

SWITCH_INLINE char *switch_event_get_header_nil(switch_event_t *event, const char *name)
{
	char *value = switch_event_get_header(event, name);
	return value ? value : (char *) "";
}

SWITCH_INLINE switch_status_t switch_event_set_body(switch_event_t *event, const char *body)
{
	return strowger_host->event_set_body(event, body);
}

PRINTF_FUNCTION(2, 3) SWITCH_INLINE switch_status_t switch_event_add_body(switch_event_t *event, const char *fmt, ...)
{
	va_list arguments;
	switch_status_t status;
	char *body;
	va_start(arguments, fmt);
	body = strowger_vformat(fmt, arguments);
	va_end(arguments);
	status = body ? strowger_host->event_set_body(event, body) : SWITCH_STATUS_MEMERR;
	free(body);
	return status;
}

SWITCH_INLINE char *switch_event_get_body(switch_event_t *event)
{
	return event ? event->body : NULL;
}

/* The event as a text, in memory for free(). */
#define switch_event_serialize(event, text, encode) strowger_host->event_serialize(event, text, (encode) ? 1 : 0)
#define switch_event_serialize_json(event, text) strowger_host->event_serialize(event, text, 2)

/* Callbacks run one after another on a thread of the module's own. */
SWITCH_INLINE switch_status_t switch_event_bind_removable(const char *id, switch_event_types_t event, const char *subclass,
	switch_event_callback_t callback, void *user_data, switch_event_node_t **node)
{
	return strowger_host->event_bind(strowger_host->module, id, event, subclass, callback, user_data, node);
}

SWITCH_INLINE switch_status_t switch_event_bind(const char *id, switch_event_types_t event, const char *subclass,
	switch_event_callback_t callback, void *user_data)
{
	return switch_event_bind_removable(id, event, subclass, callback, user_data, NULL);
}

#define switch_event_unbind(node) strowger_host->event_unbind(strowger_host->module, node)
#define switch_event_unbind_callback(callback) strowger_host->event_unbind_callback(strowger_host->module, callback)
#define switch_event_reserve_subclass(name) strowger_host->event_reserve_subclass(strowger_host->module, name)
#define switch_event_free_subclass(name) strowger_host->event_free_subclass(strowger_host->module, name)

SWITCH_END_EXTERN_C
#endif
