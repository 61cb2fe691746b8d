/* What modules are written with: settings, tables, queues, threads, texts. */
#include <switch.h>

SWITCH_MODULE_LOAD_FUNCTION(mod_kit_load);
SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_kit_shutdown);
SWITCH_MODULE_DEFINITION(mod_kit, mod_kit_load, mod_kit_shutdown, NULL);

static struct {
	char *first;
	char second[8];
	int number, bounded;
	int choice;
	switch_bool_t yes;
	switch_memory_pool_t *pool;
	switch_mutex_t *mutex;
	switch_queue_t *queue;
	switch_queue_t *answers;
	int threads;
} globals;

static switch_xml_config_string_options_t config_short = { NULL, sizeof(globals.second), NULL };
static switch_xml_config_int_options_t config_bounds = { SWITCH_TRUE, 0, SWITCH_TRUE, 10 };
static switch_xml_config_enum_item_t config_choices[] = { { "one", 1 }, { "two", 2 }, { NULL, 0 } };
static switch_xml_config_item_t instructions[] = {
	SWITCH_CONFIG_ITEM_STRING_STRDUP("a", CONFIG_RELOADABLE, &globals.first, "none", NULL, "A text"),
	SWITCH_CONFIG_ITEM("missing", SWITCH_CONFIG_STRING, CONFIG_RELOADABLE, globals.second, "two", &config_short, NULL, NULL),
	SWITCH_CONFIG_ITEM("number", SWITCH_CONFIG_INT, CONFIG_RELOADABLE, &globals.number, (void *) 7, NULL, NULL, NULL),
	SWITCH_CONFIG_ITEM("large", SWITCH_CONFIG_INT, CONFIG_RELOADABLE, &globals.bounded, (void *) 5, &config_bounds, NULL, NULL),
	SWITCH_CONFIG_ITEM("b", SWITCH_CONFIG_ENUM, CONFIG_RELOADABLE, &globals.choice, (void *) 1, config_choices, NULL, NULL),
	SWITCH_CONFIG_ITEM_END()
};

static void *SWITCH_THREAD_FUNC adder(switch_thread_t *thread, void *obj)
{
	intptr_t sum = 0;
	void *item;
	(void) thread;
	while (switch_queue_pop((switch_queue_t *) obj, &item) == SWITCH_STATUS_SUCCESS && item) sum += (intptr_t) item;
	switch_queue_push(globals.answers, (void *) sum);
	switch_mutex_lock(globals.mutex);
	globals.threads--;
	switch_mutex_unlock(globals.mutex);
	return NULL;
}

static void queues(switch_stream_handle_t *stream)
{
	switch_thread_t *thread;
	switch_threadattr_t *thd_attr = NULL;
	switch_status_t status;
	switch_queue_t *small;
	void *item = NULL;
	intptr_t number;

	globals.threads = 1;
	switch_threadattr_create(&thd_attr, globals.pool);
	switch_threadattr_detach_set(thd_attr, 1);
	switch_threadattr_stacksize_set(thd_attr, SWITCH_THREAD_STACKSIZE);
	switch_threadattr_priority_set(thd_attr, SWITCH_PRI_REALTIME);
	switch_thread_create(&thread, thd_attr, adder, globals.queue, globals.pool);
	for (number = 1; number < 1000; number++) switch_queue_push(globals.queue, (void *) number);
	switch_queue_push(globals.queue, NULL);
	switch_queue_pop(globals.answers, &item);
	switch_thread_join(&status, thread);
	stream->write_function(stream, "%d ", (int) (intptr_t) item);
	switch_queue_create(&small, 1, globals.pool);
	switch_queue_push(small, small);
	if (switch_queue_trypush(small, small) != SWITCH_STATUS_SUCCESS) stream->write_function(stream, "full ");
	switch_queue_pop(small, &item);
	if (switch_queue_pop_timeout(small, &item, 1000) != SWITCH_STATUS_SUCCESS) stream->write_function(stream, "timeout ");
	/* A reader that waits is woken. */
	globals.threads = 1;
	switch_thread_create(&thread, thd_attr, adder, small, globals.pool);
	while (globals.threads) {
		switch_queue_interrupt_all(small);
		switch_cond_next();
	}
	switch_thread_join(&status, thread);
	stream->write_function(stream, "interrupted");
}

static void tables(switch_stream_handle_t *stream)
{
	switch_hash_t *hash, *any;
	switch_hash_index_t *hi;
	int number, count = 0, sum = 0;
	char key[16];

	switch_core_hash_init(&hash);
	for (number = 0; number < 100; number++) {
		switch_snprintf(key, sizeof(key), "key%d", number);
		switch_core_hash_insert(hash, key, (void *) (intptr_t) number);
	}
	for (hi = switch_core_hash_first(hash); hi; hi = switch_core_hash_next(&hi)) {
		const void *name;
		void *value;
		switch_core_hash_this(hi, &name, NULL, &value);
		sum += (int) (intptr_t) value;
		count++;
	}
	switch_core_hash_insert(hash, "key70", "seventy");
	stream->write_function(stream, "%d entries, %d, %s, ", count, sum, (char *) switch_core_hash_find(hash, "key70"));
	switch_core_hash_delete(hash, "key70");
	stream->write_function(stream, "gone %s, left %d, ", switch_core_hash_find(hash, "key70") ? "not" : "none", (int) hash->count);
	switch_core_hash_destroy(&hash);
	switch_core_hash_init_nocase(&any);
	switch_core_hash_insert(any, "Case", (void *) 3);
	stream->write_function(stream, "Case %d", (int) (intptr_t) switch_core_hash_find(any, "cASE"));
	switch_core_hash_destroy(&any);
}

static void words(switch_stream_handle_t *stream)
{
	char blanks[] = "a  'b c' d  e f g", commas[] = "x,", *argv[4];
	int argc = switch_separate_string(blanks, ' ', argv, switch_arraylen(argv)), at;
	stream->write_function(stream, "%d", argc);
	for (at = 0; at < argc; at++) stream->write_function(stream, " [%s]", argv[at]);
	argv[1] = (char *) "";
	argc = switch_split(commas, ',', argv);
	stream->write_function(stream, " %d [%s] [%s]", argc + 1, argv[0], argv[1]);
}

SWITCH_STANDARD_API(kit_function)
{
	static const char *texts[] = { "yes", "TRUE", "1", "0", "no", "", "maybe" };
	size_t at;
	(void) session;
	if (!strcmp(cmd, "config")) {
		stream->write_function(stream, "%s %s %d %d %d", globals.first, globals.second, globals.number, globals.bounded, globals.choice);
	} else if (!strcmp(cmd, "hash")) {
		tables(stream);
	} else if (!strcmp(cmd, "queue")) {
		queues(stream);
	} else if (!strcmp(cmd, "words")) {
		words(stream);
	} else if (!strcmp(cmd, "true")) {
		for (at = 0; at < switch_arraylen(texts); at++) stream->write_function(stream, "%d", switch_true(texts[at]));
		stream->write_function(stream, " %d%d%d%d", switch_false("yes"), zstr("x"), zstr(""), switch_is_number("1x"));
	}
	return SWITCH_STATUS_SUCCESS;
}

SWITCH_MODULE_LOAD_FUNCTION(mod_kit_load)
{
	switch_api_interface_t *api_interface;
	memset(&globals, 0, sizeof(globals));
	globals.pool = pool;
	*module_interface = switch_loadable_module_create_module_interface(pool, modname);
	switch_mutex_init(&globals.mutex, SWITCH_MUTEX_NESTED, globals.pool);
	switch_queue_create(&globals.queue, 10, globals.pool);
	switch_queue_create(&globals.answers, 10, globals.pool);
	if (switch_xml_config_parse_module_settings("listen.conf", SWITCH_FALSE, instructions) != SWITCH_STATUS_SUCCESS) {
		return SWITCH_STATUS_GENERR;
	}
	SWITCH_ADD_API(api_interface, "kit", "Tries things", kit_function, "config|hash|queue|words|true");
	return SWITCH_STATUS_SUCCESS;
}

SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_kit_shutdown)
{
	/* As published modules do it; what is in the pool is there for as long as the module. */
	switch_core_destroy_memory_pool(&globals.pool);
	switch_mutex_lock(globals.mutex);
	switch_mutex_unlock(globals.mutex);
	return SWITCH_STATUS_SUCCESS;
}
