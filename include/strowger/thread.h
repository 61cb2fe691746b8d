/* Locks and threads. A module is not let go of while a thread of it runs. */
#ifndef STROWGER_THREAD_H
#define STROWGER_THREAD_H

SWITCH_BEGIN_EXTERN_C

#define SWITCH_MUTEX_DEFAULT 0
#define SWITCH_MUTEX_NESTED 1
#define SWITCH_MUTEX_UNNESTED 2
#define SWITCH_THREAD_STACKSIZE (240 * 1024)
#define SWITCH_THREAD_FUNC

typedef pthread_mutex_t switch_mutex_t;
typedef pthread_cond_t switch_thread_cond_t;
typedef pthread_rwlock_t switch_thread_rwlock_t;
typedef pthread_t switch_thread_id_t;
typedef struct { int detached; } switch_threadattr_t;
typedef struct switch_thread switch_thread_t;
typedef void *(*switch_thread_start_t)(switch_thread_t *thread, void *data);
struct switch_thread {
	uint64_t id;
	switch_thread_start_t run;
	void *data;
};

/* What a function of the system said. */
SWITCH_INLINE switch_status_t strowger_status(int error)
{
	return error ? SWITCH_STATUS_FALSE : SWITCH_STATUS_SUCCESS;
}

SWITCH_INLINE switch_status_t switch_mutex_init(switch_mutex_t **lock, unsigned int kind, switch_memory_pool_t *pool)
{
	pthread_mutexattr_t how;
	if (!(*lock = (switch_mutex_t *) switch_core_alloc(pool, sizeof(**lock)))) return SWITCH_STATUS_MEMERR;
	pthread_mutexattr_init(&how);
	pthread_mutexattr_settype(&how, kind == SWITCH_MUTEX_NESTED ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
	pthread_mutex_init(*lock, &how);
	pthread_mutexattr_destroy(&how);
	return SWITCH_STATUS_SUCCESS;
}

#define switch_mutex_lock(lock) strowger_status(pthread_mutex_lock(lock))
#define switch_mutex_trylock(lock) strowger_status(pthread_mutex_trylock(lock))
#define switch_mutex_unlock(lock) strowger_status(pthread_mutex_unlock(lock))
#define switch_mutex_destroy(lock) strowger_status(pthread_mutex_destroy(lock))

SWITCH_INLINE switch_status_t switch_thread_cond_create(switch_thread_cond_t **cond, switch_memory_pool_t *pool)
{
	if (!(*cond = (switch_thread_cond_t *) switch_core_alloc(pool, sizeof(**cond)))) return SWITCH_STATUS_MEMERR;
	return strowger_status(pthread_cond_init(*cond, NULL));
}

SWITCH_INLINE switch_status_t switch_thread_cond_timedwait(switch_thread_cond_t *cond, switch_mutex_t *lock,
	switch_interval_time_t microseconds)
{
	struct timespec until;
	switch_time_t end = switch_micro_time_now() + microseconds;
	int done;
	until.tv_sec = end / 1000000;
	until.tv_nsec = end % 1000000 * 1000;
	done = pthread_cond_timedwait(cond, lock, &until);
	return done == ETIMEDOUT ? SWITCH_STATUS_TIMEOUT : strowger_status(done);
}

#define switch_thread_cond_wait(cond, lock) strowger_status(pthread_cond_wait(cond, lock))
#define switch_thread_cond_signal(cond) strowger_status(pthread_cond_signal(cond))
#define switch_thread_cond_broadcast(cond) strowger_status(pthread_cond_broadcast(cond))
#define switch_thread_cond_destroy(cond) strowger_status(pthread_cond_destroy(cond))

SWITCH_INLINE switch_status_t switch_thread_rwlock_create(switch_thread_rwlock_t **lock, switch_memory_pool_t *pool)
{
	if (!(*lock = (switch_thread_rwlock_t *) switch_core_alloc(pool, sizeof(**lock)))) return SWITCH_STATUS_MEMERR;
	return strowger_status(pthread_rwlock_init(*lock, NULL));
}

#define switch_thread_rwlock_rdlock(lock) strowger_status(pthread_rwlock_rdlock(lock))
#define switch_thread_rwlock_wrlock(lock) strowger_status(pthread_rwlock_wrlock(lock))
#define switch_thread_rwlock_unlock(lock) strowger_status(pthread_rwlock_unlock(lock))
#define switch_thread_rwlock_destroy(lock) strowger_status(pthread_rwlock_destroy(lock))
#define switch_thread_self() pthread_self()

SWITCH_INLINE switch_status_t switch_threadattr_create(switch_threadattr_t **how, switch_memory_pool_t *pool)
{
	*how = (switch_threadattr_t *) switch_core_alloc(pool, sizeof(**how));
	return *how ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_MEMERR;
}

SWITCH_INLINE switch_status_t switch_threadattr_detach_set(switch_threadattr_t *how, int32_t on)
{
	how->detached = on;
	return SWITCH_STATUS_SUCCESS;
}

typedef enum { SWITCH_PRI_LOW = 1, SWITCH_PRI_NORMAL = 10, SWITCH_PRI_IMPORTANT = 50, SWITCH_PRI_REALTIME = 99 } switch_thread_priority_t;

/* Threads have the system's stacks and the priority of all others. */
#define switch_threadattr_stacksize_set(how, size) strowger_status(!(how) || !(size))
#define switch_threadattr_priority_set(how, level) strowger_status(!(how))

SWITCH_INLINE void *strowger_thread_run(void *data)
{
	switch_thread_t *thread = (switch_thread_t *) data;
	return thread->run(thread, thread->data);
}

SWITCH_INLINE switch_status_t switch_thread_create(switch_thread_t **thread, switch_threadattr_t *how,
	switch_thread_start_t run, void *data, switch_memory_pool_t *pool)
{
	switch_thread_t *made = (switch_thread_t *) switch_core_alloc(pool, sizeof(*made));
	(void) how;
	if (!made || !run) return SWITCH_STATUS_MEMERR;
	made->run = run;
	made->data = data;
	if (thread) *thread = made;
	return strowger_host->thread_start(strowger_host->module, strowger_thread_run, made, &made->id);
}

SWITCH_INLINE switch_status_t switch_thread_join(switch_status_t *status, switch_thread_t *thread)
{
	if (status) *status = SWITCH_STATUS_SUCCESS;
	return thread ? strowger_host->thread_join(strowger_host->module, thread->id) : SWITCH_STATUS_FALSE;
}

SWITCH_INLINE switch_status_t switch_thread_exit(switch_thread_t *thread, switch_status_t status)
{
	(void) thread;
	return status;
}

SWITCH_END_EXTERN_C
#endif
