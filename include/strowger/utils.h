/* Small helps, which need no switch. */
#ifndef STROWGER_UTILS_H
#define STROWGER_UTILS_H

SWITCH_BEGIN_EXTERN_C

#define zstr(text) (!(text) || *(const char *) (text) == '\0')
#define zstr_buf(text) (*(text) == '\0')
#define switch_strlen_zero(text) zstr(text)
#define switch_str_nil(text) ((text) ? (text) : "")
#define switch_assert(expression) assert(expression)
#define switch_safe_free(it) do { if (it) { free((void *) (it)); (it) = NULL; } } while (0)
#define switch_arraylen(array) (sizeof(array) / sizeof((array)[0]))
#define switch_test_flag(object, flag) ((object)->flags & (flag))
#define switch_set_flag(object, flag) ((object)->flags |= (flag))
#define switch_clear_flag(object, flag) ((object)->flags &= ~(flag))
#define switch_goto_status(value, label) do { status = (value); goto label; } while (0)
#define switch_set_string(target, source) switch_copy_string(target, source, sizeof(target))
#define switch_time_from_sec(seconds) ((switch_time_t) (seconds) * 1000000)
#define switch_yield(microseconds) switch_sleep(microseconds)
#define switch_cond_next() switch_sleep(1000)
#define switch_zmalloc(it, size) do { (it) = calloc(1, (size)); switch_assert(it); } while (0)
#define switch_malloc(it, size) do { (it) = malloc(size); switch_assert(it); } while (0)
#define switch_strdup(it, text) do { (it) = strdup(text); switch_assert(it); } while (0)

SWITCH_INLINE int switch_is_number(const char *text)
{
	const char *at = text;
	if (zstr(text)) return 0;
	if (*at == '-' || *at == '+') at++;
	for (; *at; at++) {
		if (*at != '.' && !isdigit((unsigned char) *at)) return 0;
	}
	return 1;
}

SWITCH_INLINE int strowger_is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++) {
		if (!strcasecmp(text, *words)) return 1;
	}
	return 0;
}

SWITCH_INLINE switch_bool_t switch_true(const char *text)
{
	static const char *const yes[] = { "yes", "on", "true", "t", "enabled", "active", "allow", NULL };
	if (zstr(text)) return SWITCH_FALSE;
	return strowger_is_one_of(text, yes) || (switch_is_number(text) && atoi(text)) ? SWITCH_TRUE : SWITCH_FALSE;
}

SWITCH_INLINE switch_bool_t switch_false(const char *text)
{
	static const char *const no[] = { "no", "off", "false", "f", "disabled", "inactive", "disallow", NULL };
	if (zstr(text)) return SWITCH_FALSE;
	return strowger_is_one_of(text, no) || (switch_is_number(text) && !atoi(text)) ? SWITCH_TRUE : SWITCH_FALSE;
}

/* The whole text, in memory for free(); NULL when there is none left. `%q` and `%w` are not known here: see switch_mprintf. */
SWITCH_INLINE char *strowger_vformat(const char *fmt, va_list arguments)
{
	va_list again;
	char *text = NULL;
	int length;
	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (length >= 0 && (text = (char *) malloc((size_t) length + 1))) vsnprintf(text, (size_t) length + 1, fmt, arguments);
	return text;
}

SWITCH_INLINE int switch_vasprintf(char **text, const char *fmt, va_list arguments)
{
	*text = strowger_vformat(fmt, arguments);
	return *text ? (int) strlen(*text) : -1;
}

PRINTF_FUNCTION(2, 3) SWITCH_INLINE int switch_asprintf(char **text, const char *fmt, ...)
{
	va_list arguments;
	int length;
	va_start(arguments, fmt);
	length = switch_vasprintf(text, fmt, arguments);
	va_end(arguments);
	return length;
}

SWITCH_INLINE int switch_vsnprintf(char *into, switch_size_t size, const char *fmt, va_list arguments)
{
	return vsnprintf(into, size, fmt, arguments);
}

PRINTF_FUNCTION(3, 4) SWITCH_INLINE int switch_snprintf(char *into, switch_size_t size, const char *fmt, ...)
{
	va_list arguments;
	int length;
	va_start(arguments, fmt);
	length = vsnprintf(into, size, fmt, arguments);
	va_end(arguments);
	return length;
}

/* A text that grows. */
typedef struct { char *text; size_t length, room; } strowger_text_t;

SWITCH_INLINE int strowger_append(strowger_text_t *to, const char *from, size_t length)
{
	if (to->length + length + 1 > to->room) {
		size_t room = (to->length + length + 1) * 2;
		char *text = (char *) realloc(to->text, room);
		if (!text) return 0;
		to->text = text;
		to->room = room;
	}
	memcpy(to->text + to->length, from, length);
	to->text[to->length += length] = '\0';
	return 1;
}

/* A text for SQL: `quote` is doubled, and put around it for `%Q`. */
SWITCH_INLINE int strowger_append_quoted(strowger_text_t *to, const char *from, char kind)
{
	char quote = kind == 'w' ? '"' : '\'';
	if (!from) return strowger_append(to, kind == 'Q' ? "NULL" : "(NULL)", kind == 'Q' ? 4 : 6);
	if (kind == 'Q' && !strowger_append(to, &quote, 1)) return 0;
	for (; *from; from++) {
		if (*from == quote && !strowger_append(to, &quote, 1)) return 0;
		if (!strowger_append(to, from, 1)) return 0;
	}
	return kind != 'Q' || strowger_append(to, &quote, 1);
}

/* As printf, and `%q`, `%Q`, `%w` for texts in SQL; memory for free(). Not for `%n` and `*`. */
SWITCH_INLINE char *switch_vmprintf(const char *fmt, va_list arguments)
{
	strowger_text_t out = { NULL, 0, 0 };
	char piece[512], spec[32];
	int fine = strowger_append(&out, "", 0);
	while (fine && *fmt) {
		size_t plain = strcspn(fmt, "%"), length;
		int longs = 0;
		fine = strowger_append(&out, fmt, plain);
		fmt += plain;
		if (!fine || !*fmt) break;
		length = 1 + strspn(fmt + 1, "-+ #0123456789.");
		for (; strchr("hlzjt", fmt[length]) && fmt[length]; length++) {
			if (fmt[length] != 'h') longs++;
		}
		if (length + 2 > sizeof(spec) || !fmt[length]) break;
		memcpy(spec, fmt, length + 1);
		spec[length + 1] = '\0';
		switch (fmt[length]) {
		case '%': fine = strowger_append(&out, "%", 1); break;
		case 'q': case 'Q': case 'w':
			fine = strowger_append_quoted(&out, va_arg(arguments, const char *), fmt[length]);
			break;
		case 's': {
			const char *text = va_arg(arguments, const char *);
			if (!text) text = "";
			if (length == 1) {
				fine = strowger_append(&out, text, strlen(text));
			} else {
				int size = snprintf(NULL, 0, spec, text);
				char *wide = size < 0 ? NULL : (char *) malloc((size_t) size + 1);
				fine = wide != NULL;
				if (fine) {
					snprintf(wide, (size_t) size + 1, spec, text);
					fine = strowger_append(&out, wide, (size_t) size);
					free(wide);
				}
			}
			break;
		}
		case 'd': case 'i': case 'u': case 'x': case 'X': case 'o': case 'c':
			if (longs) snprintf(piece, sizeof(piece), spec, va_arg(arguments, long));
			else snprintf(piece, sizeof(piece), spec, va_arg(arguments, int));
			fine = strowger_append(&out, piece, strlen(piece));
			break;
		case 'e': case 'E': case 'f': case 'F': case 'g': case 'G':
			snprintf(piece, sizeof(piece), spec, va_arg(arguments, double));
			fine = strowger_append(&out, piece, strlen(piece));
			break;
		case 'p':
			snprintf(piece, sizeof(piece), spec, va_arg(arguments, void *));
			fine = strowger_append(&out, piece, strlen(piece));
			break;
		default: fine = strowger_append(&out, spec, length + 1); break;
		}
		fmt += length + 1;
	}
	if (!fine) switch_safe_free(out.text);
	return out.text;
}

SWITCH_INLINE char *switch_mprintf(const char *fmt, ...)
{
	va_list arguments;
	char *text;
	va_start(arguments, fmt);
	text = switch_vmprintf(fmt, arguments);
	va_end(arguments);
	return text;
}

SWITCH_INLINE char *switch_snprintfv(char *into, switch_size_t size, const char *fmt, ...)
{
	va_list arguments;
	char *text;
	va_start(arguments, fmt);
	text = switch_vmprintf(fmt, arguments);
	va_end(arguments);
	snprintf(into, size, "%s", switch_str_nil(text));
	switch_safe_free(text);
	return into;
}

SWITCH_INLINE char *switch_copy_string(char *into, const char *from, switch_size_t size)
{
	size_t length;
	if (!into || !size) return into;
	length = from ? strlen(from) : 0;
	if (length >= size) length = size - 1;
	if (length) memcpy(into, from, length);
	into[length] = '\0';
	return into + length;
}

/* Cuts a text into words, the last of which is all the rest. Single quotes keep a word together, a backslash keeps what is
   behind it; at a blank, several count as one. */
SWITCH_INLINE unsigned int switch_separate_string(char *text, char delimiter, char **words, unsigned int most)
{
	unsigned int count = 0;
	char *from = text, *to;
	if (!text || !words) return 0;
	while (*from && count < most) {
		int quoted = 0;
		if (delimiter == ' ') from += strspn(from, " ");
		if (!*from) break;
		words[count++] = to = from;
		for (; *from && (quoted || count == most || *from != delimiter); from++) {
			if (*from == '\\' && (from[1] == delimiter || from[1] == '\'' || from[1] == '\\')) *to++ = *++from;
			else if (*from == '\'') quoted = !quoted;
			else *to++ = *from;
		}
		if (*from) from++;
		*to = '\0';
	}
	return count;
}

#define switch_split(text, delimiter, words) switch_separate_string(text, delimiter, words, switch_arraylen(words))

SWITCH_INLINE const char *switch_stristr(const char *text, const char *within)
{
	size_t length = text ? strlen(text) : 0;
	if (!text || !within) return NULL;
	for (; *within; within++) {
		if (!strncasecmp(within, text, length)) return within;
	}
	return length ? NULL : within;
}

/* The text without blanks around it, in memory for free(). */
SWITCH_INLINE char *switch_strip_whitespace(const char *text)
{
	size_t length;
	if (!text) return strdup("");
	while (isspace((unsigned char) *text)) text++;
	for (length = strlen(text); length && isspace((unsigned char) text[length - 1]);) length--;
	return strndup(text, length);
}

SWITCH_INLINE switch_time_t switch_micro_time_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (switch_time_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

#define switch_time_now() switch_micro_time_now()

SWITCH_INLINE time_t switch_epoch_time_now(time_t *into)
{
	return time(into);
}

SWITCH_INLINE void switch_sleep(switch_interval_time_t microseconds)
{
	struct timespec rest;
	if (microseconds <= 0) return;
	rest.tv_sec = microseconds / 1000000;
	rest.tv_nsec = microseconds % 1000000 * 1000;
	while (nanosleep(&rest, &rest) && errno == EINTR) {}
}

SWITCH_END_EXTERN_C
#endif
