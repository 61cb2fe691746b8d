/* Settings of a module: parameters of a configuration, into variables. */
#ifndef STROWGER_CONFIG_H
#define STROWGER_CONFIG_H

SWITCH_BEGIN_EXTERN_C

typedef enum {
	SWITCH_CONFIG_INT, SWITCH_CONFIG_STRING, SWITCH_CONFIG_BOOL, SWITCH_CONFIG_CUSTOM, SWITCH_CONFIG_ENUM, SWITCH_CONFIG_FLAG,
	SWITCH_CONFIG_FLAGARRAY, SWITCH_CONFIG_LAST
} switch_xml_config_type_t;

typedef enum { CONFIG_RELOADABLE = 1, CONFIG_REQUIRED = 2 } switch_config_flags_t;
typedef enum { CONFIG_LOAD, CONFIG_RELOAD, CONFIG_SHUTDOWN } switch_config_callback_type_t;

typedef struct { switch_memory_pool_t *pool; switch_size_t length; const char *validation_regex; } switch_xml_config_string_options_t;
typedef struct { switch_bool_t enforce_min; int min; switch_bool_t enforce_max; int max; } switch_xml_config_int_options_t;
typedef struct { const char *key; int value; } switch_xml_config_enum_item_t;

typedef struct switch_xml_config_item switch_xml_config_item_t;
typedef switch_status_t (*switch_xml_config_callback_t)(switch_xml_config_item_t *item, const char *newvalue,
														switch_config_callback_type_t kind, switch_bool_t changed);
struct switch_xml_config_item {
	const char *key;
	switch_xml_config_type_t type;
	int flags;
	void *ptr;
	const void *defaultvalue;
	void *data;
	switch_xml_config_callback_t function;
	void *functiondata;
	const char *syntax;
	const char *helptext;
};

#define SWITCH_CONFIG_ITEM(key, type, flags, ptr, value, data, syntax, help) \
	{ key, type, flags, ptr, (const void *) (value), (void *) (data), NULL, NULL, syntax, help }
#define SWITCH_CONFIG_ITEM_CALLBACK(key, type, flags, ptr, value, function, functiondata, syntax, help) \
	{ key, type, flags, ptr, (const void *) (value), NULL, function, functiondata, syntax, help }
#define SWITCH_CONFIG_ITEM_STRING_STRDUP(key, flags, ptr, value, syntax, help) \
	SWITCH_CONFIG_ITEM(key, SWITCH_CONFIG_STRING, flags, ptr, value, NULL, syntax, help)
#define SWITCH_CONFIG_ITEM_END() { NULL, SWITCH_CONFIG_LAST, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL }

/* A number within its bounds; one that is none is the default, with a warning. */
SWITCH_INLINE int strowger_config_number(const switch_xml_config_item_t *item, const char *text)
{
	const switch_xml_config_int_options_t *bounds = (const switch_xml_config_int_options_t *) item->data;
	int otherwise = (int) (intptr_t) item->defaultvalue, number = text ? atoi(text) : otherwise;
	if (!text) return otherwise;
	if (!switch_is_number(text) || (bounds && ((bounds->enforce_min && number < bounds->min) || (bounds->enforce_max && number > bounds->max)))) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_WARNING, "Invalid value [%s] for parameter [%s], %d is used\n", text, item->key, otherwise);
		return otherwise;
	}
	return number;
}

SWITCH_INLINE int strowger_config_choice(const switch_xml_config_item_t *item, const char *text)
{
	const switch_xml_config_enum_item_t *choice = (const switch_xml_config_enum_item_t *) item->data;
	for (; text && choice && choice->key; choice++) {
		if (!strcasecmp(choice->key, text)) return choice->value;
	}
	if (text) switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_WARNING, "Invalid value [%s] for parameter [%s]\n", text, item->key);
	return (int) (intptr_t) item->defaultvalue;
}

/* A text is the module's until the next time; one with a length is written to its place. */
SWITCH_INLINE void strowger_config_text(const switch_xml_config_item_t *item, const char *text)
{
	const switch_xml_config_string_options_t *how = (const switch_xml_config_string_options_t *) item->data;
	if (!text) text = (const char *) item->defaultvalue;
	if (how && how->length) switch_copy_string((char *) item->ptr, text, how->length);
	else *(char **) item->ptr = switch_core_strdup(how ? how->pool : NULL, text);
}

SWITCH_INLINE void strowger_config_set(switch_xml_config_item_t *item, const char *text, switch_bool_t reload)
{
	if (item->ptr) {
		switch (item->type) {
		case SWITCH_CONFIG_INT: *(int *) item->ptr = strowger_config_number(item, text); break;
		case SWITCH_CONFIG_ENUM: *(int *) item->ptr = strowger_config_choice(item, text); break;
		case SWITCH_CONFIG_BOOL:
			*(switch_bool_t *) item->ptr = text ? switch_true(text) : (switch_bool_t) (intptr_t) item->defaultvalue;
			break;
		case SWITCH_CONFIG_STRING: strowger_config_text(item, text); break;
		default: break;
		}
	}
	if (item->function) item->function(item, text, reload ? CONFIG_RELOAD : CONFIG_LOAD, SWITCH_TRUE);
}

/* Reads `<settings><param name=".." value=".."/>` of a configuration; a parameter that is not there has its default. */
SWITCH_INLINE switch_status_t switch_xml_config_parse_module_settings(const char *file, switch_bool_t reload,
	switch_xml_config_item_t *items)
{
	switch_xml_t cfg, xml = switch_xml_open_cfg(file, &cfg, NULL), settings = switch_xml_child(cfg, "settings");
	switch_status_t status = SWITCH_STATUS_SUCCESS;
	if (!xml) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "Could not open %s\n", file);
		return SWITCH_STATUS_FALSE;
	}
	for (; items->key; items++) {
		switch_xml_t param = switch_xml_find_child(settings, "param", "name", items->key);
		if (reload && !(items->flags & CONFIG_RELOADABLE)) continue;
		if (!param && (items->flags & CONFIG_REQUIRED)) {
			switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "Missing required parameter '%s'\n", items->key);
			status = SWITCH_STATUS_FALSE;
			continue;
		}
		strowger_config_set(items, param ? switch_xml_attr_soft(param, "value") : NULL, reload);
	}
	switch_xml_free(xml);
	return status;
}

SWITCH_END_EXTERN_C
#endif
