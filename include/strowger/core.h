/* Log, memory, variables of the switch, commands. */
#ifndef STROWGER_CORE_H
#define STROWGER_CORE_H

SWITCH_BEGIN_EXTERN_C

PRINTF_FUNCTION(7, 8) SWITCH_INLINE void switch_log_printf(switch_text_channel_t channel, const char *file, const char *function,
	int line, const char *about, switch_log_level_t level, const char *fmt, ...)
{
	va_list arguments;
	char *text;
	va_start(arguments, fmt);
	text = strowger_vformat(fmt, arguments);
	va_end(arguments);
	strowger_host->log(strowger_host->module, channel, file, function, line, about, level, switch_str_nil(text));
	free(text);
}

SWITCH_INLINE void switch_log_vprintf(switch_text_channel_t channel, const char *file, const char *function, int line,
	const char *about, switch_log_level_t level, const char *fmt, va_list arguments)
{
	char *text = strowger_vformat(fmt, arguments);
	strowger_host->log(strowger_host->module, channel, file, function, line, about, level, switch_str_nil(text));
	free(text);
}

/* Memory of a pool is zero, and goes with the pool: the module's with the module, a session's with the session. */
#define switch_core_new_memory_pool(pool) strowger_host->pool_new(strowger_host->module, pool)
#define switch_core_destroy_memory_pool(pool) strowger_host->pool_destroy(pool)
#define switch_core_alloc(pool, size) strowger_host->pool_alloc(strowger_host->module, pool, size)
#define switch_core_permanent_alloc(size) switch_core_alloc(NULL, size)

SWITCH_INLINE char *switch_core_strndup(switch_memory_pool_t *pool, const char *text, size_t length)
{
	char *copy;
	if (!text) return NULL;
	length = strnlen(text, length);
	if ((copy = (char *) switch_core_alloc(pool, length + 1))) memcpy(copy, text, length);
	return copy;
}

SWITCH_INLINE char *switch_core_strdup(switch_memory_pool_t *pool, const char *text)
{
	return text ? switch_core_strndup(pool, text, strlen(text)) : NULL;
}

#define switch_core_permanent_strdup(text) switch_core_strdup(NULL, text)

SWITCH_INLINE char *switch_core_vsprintf(switch_memory_pool_t *pool, const char *fmt, va_list arguments)
{
	char *text = strowger_vformat(fmt, arguments), *copy = switch_core_strdup(pool, text);
	free(text);
	return copy;
}

PRINTF_FUNCTION(2, 3) SWITCH_INLINE char *switch_core_sprintf(switch_memory_pool_t *pool, const char *fmt, ...)
{
	va_list arguments;
	char *text;
	va_start(arguments, fmt);
	text = switch_core_vsprintf(pool, fmt, arguments);
	va_end(arguments);
	return text;
}

/* Variables of the switch. The text that is read stays as long as the module does. */
SWITCH_INLINE const char *switch_core_get_variable(const char *name)
{
	return strowger_host->get_variable(strowger_host->module, name);
}

SWITCH_INLINE char *switch_core_get_variable_dup(const char *name)
{
	const char *value = switch_core_get_variable(name);
	return value ? strdup(value) : NULL;
}

SWITCH_INLINE char *switch_core_get_variable_pdup(const char *name, switch_memory_pool_t *pool)
{
	return switch_core_strdup(pool, switch_core_get_variable(name));
}

#define switch_core_set_variable(name, value) strowger_host->set_variable(name, value)
#define switch_core_get_uuid() strowger_host->identity(strowger_host->module, 0)
#define switch_core_get_hostname() strowger_host->identity(strowger_host->module, 1)
#define switch_core_get_switchname() strowger_host->identity(strowger_host->module, 2)
#define switch_core_session_count() strowger_host->session_count()
#define switch_core_ready() strowger_host->ready()

SWITCH_INLINE char *switch_uuid_str(char *into, switch_size_t size)
{
	strowger_host->new_uuid(into, size);
	return into;
}

#define switch_channel_cause2str(cause) strowger_host->cause_name(cause)
#define switch_channel_str2cause(name) ((switch_call_cause_t) strowger_host->name_cause(name))

/* The answer of a command is kept in memory that grows; the switch takes no more than 16 MiB of it. */
#define STROWGER_LONGEST_ANSWER (16 << 20)

SWITCH_INLINE switch_status_t switch_console_stream_raw_write(switch_stream_handle_t *stream, uint8_t *data,
	switch_size_t length)
{
	if (!stream || !stream->data || (!data && length)) return SWITCH_STATUS_FALSE;
	if (length > STROWGER_LONGEST_ANSWER || stream->data_len + length > STROWGER_LONGEST_ANSWER) return SWITCH_STATUS_MEMERR;
	if (stream->data_len + length + 1 > stream->data_size) {
		switch_size_t size = (stream->data_len + length + 1) * 2;
		void *more = realloc(stream->data, size);
		if (!more) return SWITCH_STATUS_MEMERR;
		stream->data = more;
		stream->data_size = size;
	}
	if (length) memcpy((uint8_t *) stream->data + stream->data_len, data, length);
	stream->data_len += length;
	stream->end = (uint8_t *) stream->data + stream->data_len;
	*(uint8_t *) stream->end = '\0';
	return SWITCH_STATUS_SUCCESS;
}

SWITCH_INLINE switch_status_t switch_console_stream_write(switch_stream_handle_t *stream, const char *fmt, ...)
{
	va_list arguments;
	switch_status_t status = SWITCH_STATUS_MEMERR;
	char *text;
	va_start(arguments, fmt);
	text = strowger_vformat(fmt, arguments);
	va_end(arguments);
	if (text) status = switch_console_stream_raw_write(stream, (uint8_t *) text, strlen(text));
	free(text);
	return status;
}

#define SWITCH_STANDARD_STREAM(s) memset(&s, 0, sizeof(s)); s.data = calloc(1, SWITCH_CMD_CHUNK_LEN); \
	switch_assert(s.data); \
	s.end = s.data; \
	s.data_size = s.alloc_len = s.alloc_chunk = SWITCH_CMD_CHUNK_LEN; \
	s.write_function = switch_console_stream_write; \
	s.raw_write_function = switch_console_stream_raw_write

SWITCH_INLINE switch_status_t switch_api_execute(const char *command, const char *argument, switch_core_session_t *session,
	switch_stream_handle_t *stream)
{
	char *answer = NULL;
	switch_status_t status = strowger_host->api_execute(strowger_host->module, command, argument, session, &answer);
	if (answer && stream && stream->raw_write_function) {
		stream->raw_write_function(stream, (uint8_t *) answer, strlen(answer));
	}
	free(answer);
	return status;
}

#define switch_console_set_complete(text) strowger_host->set_complete(strowger_host->module, text)

SWITCH_END_EXTERN_C
#endif
