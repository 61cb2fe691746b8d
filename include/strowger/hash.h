/* Tables by name, and queues. */
#ifndef STROWGER_HASH_H
#define STROWGER_HASH_H

SWITCH_BEGIN_EXTERN_C

typedef struct strowger_hash_entry {
	char *key;
	void *value;
	struct strowger_hash_entry *next;
} strowger_hash_entry_t;

/* A table is no lock: whoever shares one has a mutex for it. */
typedef struct switch_hash {
	strowger_hash_entry_t **chains;
	size_t size, count;
	int any_case;
} switch_hash_t;

typedef struct switch_hash_index {
	switch_hash_t *hash;
	size_t chain;
	strowger_hash_entry_t *entry;
} switch_hash_index_t;

SWITCH_INLINE switch_status_t strowger_hash_init(switch_hash_t **hash, int any_case)
{
	if (!(*hash = (switch_hash_t *) calloc(1, sizeof(**hash)))) return SWITCH_STATUS_MEMERR;
	(*hash)->size = 16;
	(*hash)->any_case = any_case;
	(*hash)->chains = (strowger_hash_entry_t **) calloc((*hash)->size, sizeof(*(*hash)->chains));
	return (*hash)->chains ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_MEMERR;
}

#define switch_core_hash_init(hash) strowger_hash_init(hash, 0)
#define switch_core_hash_init_case(hash, with_case) strowger_hash_init(hash, !(with_case))
#define switch_core_hash_init_nocase(hash) strowger_hash_init(hash, 1)

/* The place of a key: where its entry is, or would be. */
SWITCH_INLINE strowger_hash_entry_t **strowger_hash_place(switch_hash_t *hash, const char *key)
{
	strowger_hash_entry_t **place;
	uint64_t number = 1469598103934665603u;
	const char *at;
	for (at = key; *at; at++) {
		number = (number ^ (unsigned char) (hash->any_case ? tolower((unsigned char) *at) : *at)) * 1099511628211u;
	}
	place = &hash->chains[number % hash->size];
	while (*place && (hash->any_case ? strcasecmp((*place)->key, key) : strcmp((*place)->key, key))) place = &(*place)->next;
	return place;
}

SWITCH_INLINE void strowger_hash_grow(switch_hash_t *hash)
{
	strowger_hash_entry_t **old = hash->chains, *entry, **place;
	size_t size = hash->size, chain;
	strowger_hash_entry_t **chains = (strowger_hash_entry_t **) calloc(size * 4, sizeof(*chains));
	if (!chains) return;
	hash->chains = chains;
	hash->size = size * 4;
	for (chain = 0; chain < size; chain++) {
		while ((entry = old[chain])) {
			old[chain] = entry->next;
			place = strowger_hash_place(hash, entry->key);
			entry->next = NULL;
			*place = entry;
		}
	}
	free(old);
}

SWITCH_INLINE switch_status_t switch_core_hash_insert(switch_hash_t *hash, const char *key, const void *value)
{
	strowger_hash_entry_t **place;
	if (!hash || !key) return SWITCH_STATUS_FALSE;
	if (hash->count > hash->size * 2) strowger_hash_grow(hash);
	place = strowger_hash_place(hash, key);
	if (!*place) {
		if (!(*place = (strowger_hash_entry_t *) calloc(1, sizeof(**place)))) return SWITCH_STATUS_MEMERR;
		(*place)->key = strdup(key);
		hash->count++;
	}
	(*place)->value = (void *) value;
	return SWITCH_STATUS_SUCCESS;
}

SWITCH_INLINE void *switch_core_hash_find(switch_hash_t *hash, const char *key)
{
	strowger_hash_entry_t *entry = hash && key ? *strowger_hash_place(hash, key) : NULL;
	return entry ? entry->value : NULL;
}

SWITCH_INLINE void *switch_core_hash_delete(switch_hash_t *hash, const char *key)
{
	strowger_hash_entry_t **place = hash && key ? strowger_hash_place(hash, key) : NULL, *entry = place ? *place : NULL;
	void *value = entry ? entry->value : NULL;
	if (entry) {
		*place = entry->next;
		free(entry->key);
		free(entry);
		hash->count--;
	}
	return value;
}

SWITCH_INLINE switch_status_t switch_core_hash_destroy(switch_hash_t **hash)
{
	size_t chain;
	if (!hash || !*hash) return SWITCH_STATUS_FALSE;
	for (chain = 0; chain < (*hash)->size; chain++) {
		strowger_hash_entry_t *entry;
		while ((entry = (*hash)->chains[chain])) {
			(*hash)->chains[chain] = entry->next;
			free(entry->key);
			free(entry);
		}
	}
	free((*hash)->chains);
	free(*hash);
	*hash = NULL;
	return SWITCH_STATUS_SUCCESS;
}

/* One entry after another; who stops before NULL frees the index. */
SWITCH_INLINE switch_hash_index_t *switch_core_hash_next(switch_hash_index_t **index)
{
	switch_hash_index_t *at = *index;
	if (!at) return NULL;
	at->entry = at->entry ? at->entry->next : NULL;
	while (!at->entry && at->chain < at->hash->size) at->entry = at->hash->chains[at->chain++];
	if (!at->entry) {
		free(at);
		*index = NULL;
	}
	return *index;
}

SWITCH_INLINE switch_hash_index_t *switch_core_hash_first(switch_hash_t *hash)
{
	switch_hash_index_t *index = hash ? (switch_hash_index_t *) calloc(1, sizeof(*index)) : NULL;
	if (!index) return NULL;
	index->hash = hash;
	return switch_core_hash_next(&index);
}

SWITCH_INLINE void switch_core_hash_this(switch_hash_index_t *index, const void **key, switch_ssize_t *length, void **value)
{
	if (!index || !index->entry) return;
	if (key) *key = index->entry->key;
	if (length) *length = (switch_ssize_t) strlen(index->entry->key);
	if (value) *value = index->entry->value;
}

#define switch_core_hash_empty(hash) (!(hash) || !(hash)->count)

/* A queue with an end. */
typedef struct switch_queue {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	void **items;
	unsigned int room, first, count;
	unsigned int interrupted;
} switch_queue_t;

SWITCH_INLINE switch_status_t switch_queue_create(switch_queue_t **queue, unsigned int room, switch_memory_pool_t *pool)
{
	if (!room || !(*queue = (switch_queue_t *) switch_core_alloc(pool, sizeof(**queue)))) return SWITCH_STATUS_MEMERR;
	(*queue)->items = (void **) switch_core_alloc(pool, room * sizeof(void *));
	(*queue)->room = room;
	pthread_mutex_init(&(*queue)->lock, NULL);
	pthread_cond_init(&(*queue)->changed, NULL);
	return (*queue)->items ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_MEMERR;
}

SWITCH_INLINE switch_status_t strowger_queue_push(switch_queue_t *queue, void *item, int waits)
{
	switch_status_t status = SWITCH_STATUS_FALSE;
	unsigned int interrupted;
	pthread_mutex_lock(&queue->lock);
	interrupted = queue->interrupted;
	while (waits && queue->count == queue->room && queue->interrupted == interrupted) {
		pthread_cond_wait(&queue->changed, &queue->lock);
	}
	if (queue->count < queue->room) {
		queue->items[(queue->first + queue->count++) % queue->room] = item;
		pthread_cond_broadcast(&queue->changed);
		status = SWITCH_STATUS_SUCCESS;
	}
	pthread_mutex_unlock(&queue->lock);
	return status;
}

/* `microseconds` below zero: as long as it takes. */
SWITCH_INLINE switch_status_t strowger_queue_pop(switch_queue_t *queue, void **item, switch_interval_time_t microseconds)
{
	switch_time_t end = switch_micro_time_now() + microseconds;
	struct timespec until;
	switch_status_t status = SWITCH_STATUS_FALSE;
	unsigned int interrupted;
	int late = microseconds == 0;
	until.tv_sec = end / 1000000;
	until.tv_nsec = end % 1000000 * 1000;
	pthread_mutex_lock(&queue->lock);
	interrupted = queue->interrupted;
	while (!queue->count && queue->interrupted == interrupted && !late) {
		if (microseconds < 0) pthread_cond_wait(&queue->changed, &queue->lock);
		else late = pthread_cond_timedwait(&queue->changed, &queue->lock, &until) != 0;
	}
	if (queue->count) {
		*item = queue->items[queue->first];
		queue->first = (queue->first + 1) % queue->room;
		queue->count--;
		pthread_cond_broadcast(&queue->changed);
		status = SWITCH_STATUS_SUCCESS;
	}
	pthread_mutex_unlock(&queue->lock);
	return status;
}

SWITCH_INLINE switch_status_t switch_queue_interrupt_all(switch_queue_t *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->interrupted++;
	pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
	return SWITCH_STATUS_SUCCESS;
}

#define switch_queue_push(queue, item) strowger_queue_push(queue, item, 1)
#define switch_queue_trypush(queue, item) strowger_queue_push(queue, item, 0)
#define switch_queue_pop(queue, item) strowger_queue_pop(queue, item, -1)
#define switch_queue_pop_timeout(queue, item, microseconds) strowger_queue_pop(queue, item, microseconds)
#define switch_queue_trypop(queue, item) strowger_queue_pop(queue, item, 0)
#define switch_queue_size(queue) ((queue)->count)

SWITCH_END_EXTERN_C
#endif
