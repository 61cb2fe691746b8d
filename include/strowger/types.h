/* Types and numbers. */
#ifndef STROWGER_TYPES_H
#define STROWGER_TYPES_H

#ifdef __cplusplus
#define SWITCH_BEGIN_EXTERN_C extern "C" {
#define SWITCH_END_EXTERN_C }
#else
#define SWITCH_BEGIN_EXTERN_C
#define SWITCH_END_EXTERN_C
#endif

SWITCH_BEGIN_EXTERN_C

/* The interface that this header describes. A module says which one it was compiled for; the switch refuses another.
   It is raised whenever what is below changes so that modules that are there would not fit any more. */
#define SWITCH_API_VERSION 0x53540001

#define SWITCH_DECLARE(type) type
#define SWITCH_DECLARE_NONSTD(type) type
#define SWITCH_DECLARE_DATA
#define SWITCH_MOD_DECLARE_DATA __attribute__((visibility("default")))
#define SWITCH_INLINE static inline __attribute__((unused))
#define PRINTF_FUNCTION(fmtstr, vars) __attribute__((format(printf, fmtstr, vars)))
#define __SWITCH_FUNC__ (const char *) __func__
#define SWITCH_VA_NONE "%s", ""
#define SWITCH_BLANK_STRING ""
#define SWITCH_UUID_FORMATTED_LENGTH 256
#define SWITCH_CMD_CHUNK_LEN 1024
#define SWITCH_PATH_SEPARATOR "/"
#define SWITCH_EVENT_SUBCLASS_ANY NULL
#define SWITCH_EXPORT_VARS_VARIABLE "export_vars"
#define SWITCH_BRIDGE_EXPORT_VARS_VARIABLE "bridge_export_vars"
#ifndef _In_
#define _In_
#define _In_z_
#define _In_opt_
#define _In_opt_z_
#define _Out_
#define _Out_opt_
#define _Inout_
#endif

typedef size_t switch_size_t;
typedef ssize_t switch_ssize_t;
typedef int64_t switch_time_t;
typedef int64_t switch_interval_time_t;
typedef uint8_t switch_byte_t;
typedef uint16_t switch_port_t;

typedef enum { SWITCH_FALSE = 0, SWITCH_TRUE = 1 } switch_bool_t;

typedef enum {
	SWITCH_STATUS_SUCCESS, SWITCH_STATUS_FALSE, SWITCH_STATUS_TIMEOUT, SWITCH_STATUS_RESTART, SWITCH_STATUS_INTR,
	SWITCH_STATUS_NOTIMPL, SWITCH_STATUS_MEMERR, SWITCH_STATUS_NOOP, SWITCH_STATUS_RESAMPLE, SWITCH_STATUS_GENERR,
	SWITCH_STATUS_INUSE, SWITCH_STATUS_BREAK, SWITCH_STATUS_SOCKERR, SWITCH_STATUS_MORE_DATA, SWITCH_STATUS_NOTFOUND,
	SWITCH_STATUS_UNLOAD, SWITCH_STATUS_NOUNLOAD, SWITCH_STATUS_IGNORE, SWITCH_STATUS_TOO_SMALL, SWITCH_STATUS_FOUND,
	SWITCH_STATUS_CONTINUE, SWITCH_STATUS_TERM, SWITCH_STATUS_NOT_INITALIZED, SWITCH_STATUS_TOO_LATE,
	SWITCH_STATUS_XBREAK = 35, SWITCH_STATUS_WINBREAK = 730035
} switch_status_t;

typedef enum {
	SWITCH_LOG_DEBUG10 = 110, SWITCH_LOG_DEBUG9 = 109, SWITCH_LOG_DEBUG8 = 108, SWITCH_LOG_DEBUG7 = 107,
	SWITCH_LOG_DEBUG6 = 106, SWITCH_LOG_DEBUG5 = 105, SWITCH_LOG_DEBUG4 = 104, SWITCH_LOG_DEBUG3 = 103,
	SWITCH_LOG_DEBUG2 = 102, SWITCH_LOG_DEBUG1 = 101,
	SWITCH_LOG_DEBUG = 7, SWITCH_LOG_INFO = 6, SWITCH_LOG_NOTICE = 5, SWITCH_LOG_WARNING = 4, SWITCH_LOG_ERROR = 3,
	SWITCH_LOG_CRIT = 2, SWITCH_LOG_ALERT = 1, SWITCH_LOG_CONSOLE = 0, SWITCH_LOG_DISABLE = -1, SWITCH_LOG_INVALID = 64,
	SWITCH_LOG_UNINIT = 1000
} switch_log_level_t;

typedef enum {
	SWITCH_CHANNEL_ID_LOG, SWITCH_CHANNEL_ID_LOG_CLEAN, SWITCH_CHANNEL_ID_EVENT, SWITCH_CHANNEL_ID_SESSION
} switch_text_channel_t;

/* Where a line of the log comes from, as the first arguments of switch_log_printf. */
#define SWITCH_CHANNEL_LOG SWITCH_CHANNEL_ID_LOG, __FILE__, __SWITCH_FUNC__, __LINE__, NULL
#define SWITCH_CHANNEL_LOG_CLEAN SWITCH_CHANNEL_ID_LOG_CLEAN, __FILE__, __SWITCH_FUNC__, __LINE__, NULL
#define SWITCH_CHANNEL_EVENT SWITCH_CHANNEL_ID_EVENT, __FILE__, __SWITCH_FUNC__, __LINE__, NULL
#define SWITCH_CHANNEL_SESSION_LOG(session) \
	SWITCH_CHANNEL_ID_SESSION, __FILE__, __SWITCH_FUNC__, __LINE__, (const char *) (session)
#define SWITCH_CHANNEL_SESSION_LOG_CLEAN(session) SWITCH_CHANNEL_SESSION_LOG(session)
#define SWITCH_CHANNEL_CHANNEL_LOG(channel) \
	SWITCH_CHANNEL_ID_SESSION, __FILE__, __SWITCH_FUNC__, __LINE__, (const char *) switch_channel_get_session(channel)
#define SWITCH_CHANNEL_UUID_LOG(uuid) SWITCH_CHANNEL_ID_LOG, __FILE__, __SWITCH_FUNC__, __LINE__, (uuid)

/* What an event tells of. */
typedef enum {
	SWITCH_EVENT_CUSTOM, SWITCH_EVENT_CLONE, SWITCH_EVENT_CHANNEL_CREATE, SWITCH_EVENT_CHANNEL_DESTROY,
	SWITCH_EVENT_CHANNEL_STATE, SWITCH_EVENT_CHANNEL_CALLSTATE, SWITCH_EVENT_CHANNEL_ANSWER,
	SWITCH_EVENT_CHANNEL_HANGUP, SWITCH_EVENT_CHANNEL_HANGUP_COMPLETE, SWITCH_EVENT_CHANNEL_EXECUTE,
	SWITCH_EVENT_CHANNEL_EXECUTE_COMPLETE, SWITCH_EVENT_CHANNEL_HOLD, SWITCH_EVENT_CHANNEL_UNHOLD,
	SWITCH_EVENT_CHANNEL_BRIDGE, SWITCH_EVENT_CHANNEL_UNBRIDGE, SWITCH_EVENT_CHANNEL_PROGRESS,
	SWITCH_EVENT_CHANNEL_PROGRESS_MEDIA, SWITCH_EVENT_CHANNEL_OUTGOING, SWITCH_EVENT_CHANNEL_PARK,
	SWITCH_EVENT_CHANNEL_UNPARK, SWITCH_EVENT_CHANNEL_APPLICATION, SWITCH_EVENT_CHANNEL_ORIGINATE,
	SWITCH_EVENT_CHANNEL_UUID, SWITCH_EVENT_API, SWITCH_EVENT_LOG, SWITCH_EVENT_INBOUND_CHAN,
	SWITCH_EVENT_OUTBOUND_CHAN, SWITCH_EVENT_STARTUP, SWITCH_EVENT_SHUTDOWN, SWITCH_EVENT_PUBLISH,
	SWITCH_EVENT_UNPUBLISH, SWITCH_EVENT_TALK, SWITCH_EVENT_NOTALK, SWITCH_EVENT_SESSION_CRASH,
	SWITCH_EVENT_MODULE_LOAD, SWITCH_EVENT_MODULE_UNLOAD, SWITCH_EVENT_DTMF, SWITCH_EVENT_MESSAGE,
	SWITCH_EVENT_PRESENCE_IN, SWITCH_EVENT_NOTIFY_IN, SWITCH_EVENT_PRESENCE_OUT, SWITCH_EVENT_PRESENCE_PROBE,
	SWITCH_EVENT_MESSAGE_WAITING, SWITCH_EVENT_MESSAGE_QUERY, SWITCH_EVENT_ROSTER, SWITCH_EVENT_CODEC,
	SWITCH_EVENT_BACKGROUND_JOB, SWITCH_EVENT_DETECTED_SPEECH, SWITCH_EVENT_DETECTED_TONE,
	SWITCH_EVENT_PRIVATE_COMMAND, SWITCH_EVENT_HEARTBEAT, SWITCH_EVENT_TRAP, SWITCH_EVENT_ADD_SCHEDULE,
	SWITCH_EVENT_DEL_SCHEDULE, SWITCH_EVENT_EXE_SCHEDULE, SWITCH_EVENT_RE_SCHEDULE, SWITCH_EVENT_RELOADXML,
	SWITCH_EVENT_NOTIFY, SWITCH_EVENT_PHONE_FEATURE, SWITCH_EVENT_PHONE_FEATURE_SUBSCRIBE,
	SWITCH_EVENT_SEND_MESSAGE, SWITCH_EVENT_RECV_MESSAGE, SWITCH_EVENT_REQUEST_PARAMS, SWITCH_EVENT_CHANNEL_DATA,
	SWITCH_EVENT_GENERAL, SWITCH_EVENT_COMMAND, SWITCH_EVENT_SESSION_HEARTBEAT, SWITCH_EVENT_CLIENT_DISCONNECTED,
	SWITCH_EVENT_SERVER_DISCONNECTED, SWITCH_EVENT_SEND_INFO, SWITCH_EVENT_RECV_INFO,
	SWITCH_EVENT_RECV_RTCP_MESSAGE, SWITCH_EVENT_SEND_RTCP_MESSAGE, SWITCH_EVENT_CALL_SECURE, SWITCH_EVENT_NAT,
	SWITCH_EVENT_RECORD_START, SWITCH_EVENT_RECORD_STOP, SWITCH_EVENT_PLAYBACK_START, SWITCH_EVENT_PLAYBACK_STOP,
	SWITCH_EVENT_CALL_UPDATE, SWITCH_EVENT_FAILURE, SWITCH_EVENT_SOCKET_DATA, SWITCH_EVENT_MEDIA_BUG_START,
	SWITCH_EVENT_MEDIA_BUG_STOP, SWITCH_EVENT_CONFERENCE_DATA_QUERY, SWITCH_EVENT_CONFERENCE_DATA,
	SWITCH_EVENT_CALL_SETUP_REQ, SWITCH_EVENT_CALL_SETUP_RESULT, SWITCH_EVENT_CALL_DETAIL,
	SWITCH_EVENT_DEVICE_STATE, SWITCH_EVENT_TEXT, SWITCH_EVENT_SHUTDOWN_REQUESTED, SWITCH_EVENT_START_RECORDING,
	SWITCH_EVENT_ALL
} switch_event_types_t;

typedef enum {
	SWITCH_STACK_BOTTOM = 1, SWITCH_STACK_TOP = 2, SWITCH_STACK_NODUP = 4, SWITCH_STACK_UNSHIFT = 8, SWITCH_STACK_PUSH = 16
} switch_stack_t;

typedef enum { SWITCH_PRIORITY_NORMAL, SWITCH_PRIORITY_LOW, SWITCH_PRIORITY_HIGH } switch_priority_t;

typedef enum {
	CS_NEW, CS_INIT, CS_ROUTING, CS_SOFT_EXECUTE, CS_EXECUTE, CS_EXCHANGE_MEDIA, CS_PARK, CS_CONSUME_MEDIA, CS_HIBERNATE,
	CS_RESET, CS_HANGUP, CS_REPORTING, CS_DESTROY, CS_NONE
} switch_channel_state_t;

typedef enum { SWITCH_CALL_DIRECTION_INBOUND, SWITCH_CALL_DIRECTION_OUTBOUND } switch_call_direction_t;

/* Why a call ended. */
typedef enum {
	SWITCH_CAUSE_NONE = 0, SWITCH_CAUSE_UNALLOCATED_NUMBER = 1, SWITCH_CAUSE_NO_ROUTE_TRANSIT_NET = 2,
	SWITCH_CAUSE_NO_ROUTE_DESTINATION = 3, SWITCH_CAUSE_CHANNEL_UNACCEPTABLE = 6,
	SWITCH_CAUSE_CALL_AWARDED_DELIVERED = 7, SWITCH_CAUSE_NORMAL_CLEARING = 16, SWITCH_CAUSE_USER_BUSY = 17,
	SWITCH_CAUSE_NO_USER_RESPONSE = 18, SWITCH_CAUSE_NO_ANSWER = 19, SWITCH_CAUSE_SUBSCRIBER_ABSENT = 20,
	SWITCH_CAUSE_CALL_REJECTED = 21, SWITCH_CAUSE_NUMBER_CHANGED = 22,
	SWITCH_CAUSE_REDIRECTION_TO_NEW_DESTINATION = 23, SWITCH_CAUSE_EXCHANGE_ROUTING_ERROR = 25,
	SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER = 27, SWITCH_CAUSE_INVALID_NUMBER_FORMAT = 28,
	SWITCH_CAUSE_FACILITY_REJECTED = 29, SWITCH_CAUSE_RESPONSE_TO_STATUS_ENQUIRY = 30,
	SWITCH_CAUSE_NORMAL_UNSPECIFIED = 31, SWITCH_CAUSE_NORMAL_CIRCUIT_CONGESTION = 34,
	SWITCH_CAUSE_NETWORK_OUT_OF_ORDER = 38, SWITCH_CAUSE_NORMAL_TEMPORARY_FAILURE = 41,
	SWITCH_CAUSE_SWITCH_CONGESTION = 42, SWITCH_CAUSE_ACCESS_INFO_DISCARDED = 43,
	SWITCH_CAUSE_REQUESTED_CHAN_UNAVAIL = 44, SWITCH_CAUSE_PRE_EMPTED = 45,
	SWITCH_CAUSE_FACILITY_NOT_SUBSCRIBED = 50, SWITCH_CAUSE_OUTGOING_CALL_BARRED = 52,
	SWITCH_CAUSE_INCOMING_CALL_BARRED = 54, SWITCH_CAUSE_BEARERCAPABILITY_NOTAUTH = 57,
	SWITCH_CAUSE_BEARERCAPABILITY_NOTAVAIL = 58, SWITCH_CAUSE_SERVICE_UNAVAILABLE = 63,
	SWITCH_CAUSE_BEARERCAPABILITY_NOTIMPL = 65, SWITCH_CAUSE_CHAN_NOT_IMPLEMENTED = 66,
	SWITCH_CAUSE_FACILITY_NOT_IMPLEMENTED = 69, SWITCH_CAUSE_SERVICE_NOT_IMPLEMENTED = 79,
	SWITCH_CAUSE_INVALID_CALL_REFERENCE = 81, SWITCH_CAUSE_INCOMPATIBLE_DESTINATION = 88,
	SWITCH_CAUSE_INVALID_MSG_UNSPECIFIED = 95, SWITCH_CAUSE_MANDATORY_IE_MISSING = 96,
	SWITCH_CAUSE_MESSAGE_TYPE_NONEXIST = 97, SWITCH_CAUSE_WRONG_MESSAGE = 98, SWITCH_CAUSE_IE_NONEXIST = 99,
	SWITCH_CAUSE_INVALID_IE_CONTENTS = 100, SWITCH_CAUSE_WRONG_CALL_STATE = 101,
	SWITCH_CAUSE_RECOVERY_ON_TIMER_EXPIRE = 102, SWITCH_CAUSE_MANDATORY_IE_LENGTH_ERROR = 103,
	SWITCH_CAUSE_PROTOCOL_ERROR = 111, SWITCH_CAUSE_INTERWORKING = 127, SWITCH_CAUSE_SUCCESS = 142,
	SWITCH_CAUSE_ORIGINATOR_CANCEL = 487, SWITCH_CAUSE_CRASH = 500, SWITCH_CAUSE_SYSTEM_SHUTDOWN = 501,
	SWITCH_CAUSE_LOSE_RACE = 502, SWITCH_CAUSE_MANAGER_REQUEST = 503, SWITCH_CAUSE_BLIND_TRANSFER = 600,
	SWITCH_CAUSE_ATTENDED_TRANSFER = 601, SWITCH_CAUSE_ALLOTTED_TIMEOUT = 602, SWITCH_CAUSE_USER_CHALLENGE = 603,
	SWITCH_CAUSE_MEDIA_TIMEOUT = 604, SWITCH_CAUSE_PICKED_OFF = 605, SWITCH_CAUSE_USER_NOT_REGISTERED = 606,
	SWITCH_CAUSE_PROGRESS_TIMEOUT = 607, SWITCH_CAUSE_INVALID_GATEWAY = 608, SWITCH_CAUSE_GATEWAY_DOWN = 609,
	SWITCH_CAUSE_INVALID_URL = 610, SWITCH_CAUSE_INVALID_PROFILE = 611, SWITCH_CAUSE_NO_PICKUP = 612,
	SWITCH_CAUSE_SRTP_READ_ERROR = 613, SWITCH_CAUSE_BOWOUT = 614, SWITCH_CAUSE_BUSY_EVERYWHERE = 615,
	SWITCH_CAUSE_DECLINE = 616, SWITCH_CAUSE_DOES_NOT_EXIST_ANYWHERE = 617, SWITCH_CAUSE_NOT_ACCEPTABLE = 618,
	SWITCH_CAUSE_UNWANTED = 619, SWITCH_CAUSE_NO_IDENTITY = 620, SWITCH_CAUSE_BAD_IDENTITY_INFO = 621,
	SWITCH_CAUSE_UNSUPPORTED_CERTIFICATE = 622, SWITCH_CAUSE_INVALID_IDENTITY = 623, SWITCH_CAUSE_STALE_DATE = 624
} switch_call_cause_t;

typedef enum {
	CCS_DOWN, CCS_DIALING, CCS_RINGING, CCS_EARLY, CCS_ACTIVE, CCS_HELD, CCS_RING_WAIT, CCS_HANGUP, CCS_UNHELD
} switch_channel_callstate_t;

typedef enum { SMODF_NONE = 0, SMODF_GLOBAL_SYMBOLS = 1 } switch_module_flag_enum_t;
typedef uint32_t switch_module_flag_t;

typedef enum {
	SAF_NONE = 0, SAF_SUPPORT_NOMEDIA = 1, SAF_ROUTING_EXEC = 2, SAF_MEDIA_TAP = 4, SAF_ZOMBIE_EXEC = 8, SAF_NO_LOOPBACK = 16,
	SAF_SUPPORT_TEXT_ONLY = 32
} switch_application_flag_enum_t;
typedef uint32_t switch_application_flag_t;

typedef enum {
	SWITCH_ENDPOINT_INTERFACE, SWITCH_TIMER_INTERFACE, SWITCH_DIALPLAN_INTERFACE, SWITCH_CODEC_INTERFACE,
	SWITCH_APPLICATION_INTERFACE, SWITCH_API_INTERFACE
} switch_module_interface_name_t;

/* What only the switch looks into. */
typedef struct switch_core_session switch_core_session_t;
typedef struct switch_channel switch_channel_t;
typedef struct switch_memory_pool switch_memory_pool_t;
typedef struct switch_event_node switch_event_node_t;
typedef struct switch_file_handle switch_file_handle_t;
typedef struct switch_input_args switch_input_args_t;

/* A header of an event; `array` has `idx` values when the header has several. */
typedef struct switch_event_header switch_event_header_t;
struct switch_event_header {
	char *name;
	char *value;
	char **array;
	int idx;
	unsigned long hash;
	switch_event_header_t *next;
};

/* An event. What begins with `strowger_` is the switch's own. */
typedef struct switch_event switch_event_t;
struct switch_event {
	switch_event_types_t event_id;
	switch_priority_t priority;
	char *owner;
	char *subclass_name;
	switch_event_header_t *headers;
	switch_event_header_t *last_header;
	char *body;
	void *bind_user_data;
	void *event_user_data;
	unsigned long key;
	switch_event_t *next;
	int flags;
	char *strowger_file;
	char *strowger_function;
	int strowger_line;
	uint32_t strowger_mark;
};
typedef void (*switch_event_callback_t)(switch_event_t *event);

/* Where the answer of a command is written. */
typedef struct switch_stream_handle switch_stream_handle_t;
typedef uint8_t *(*switch_stream_handle_read_function_t)(switch_stream_handle_t *handle, int *datalen);
typedef switch_status_t (*switch_stream_handle_write_function_t)(switch_stream_handle_t *handle, const char *fmt, ...);
typedef switch_status_t (*switch_stream_handle_raw_write_function_t)(switch_stream_handle_t *handle, uint8_t *data,
																	 switch_size_t datalen);
struct switch_stream_handle {
	switch_stream_handle_read_function_t read_function;
	switch_stream_handle_write_function_t write_function;
	switch_stream_handle_raw_write_function_t raw_write_function;
	void *data;
	void *end;
	switch_size_t data_size;
	switch_size_t data_len;
	switch_size_t alloc_len;
	switch_size_t alloc_chunk;
	switch_event_t *param_event;
};

/* The parties of a call; all texts are there, empty ones too. */
typedef struct switch_caller_profile {
	const char *username;
	const char *dialplan;
	const char *caller_id_name;
	const char *caller_id_number;
	const char *orig_caller_id_name;
	const char *orig_caller_id_number;
	const char *callee_id_name;
	const char *callee_id_number;
	const char *network_addr;
	const char *ani;
	const char *aniii;
	const char *rdnis;
	char *destination_number;
	const char *source;
	const char *chan_name;
	const char *uuid;
	const char *context;
} switch_caller_profile_t;

/* A question for digits, of switch_play_and_get_digits. */
typedef struct strowger_asking {
	uint32_t min_digits, max_digits, max_tries, timeout, digit_timeout;
	const char *terminators;
	const char *prompt;
	const char *bad_prompt;
	const char *variable;
	const char *pattern;
	const char *onward;
} strowger_asking_t;

/* What a module brings. What begins with `strowger_` is for modules in other languages, whose functions want data. */
typedef void (*switch_application_function_t)(switch_core_session_t *session, const char *data);
typedef switch_status_t (*switch_api_function_t)(const char *cmd, switch_core_session_t *session,
												 switch_stream_handle_t *stream);
typedef struct switch_application_interface {
	const char *interface_name;
	switch_application_function_t application_function;
	const char *long_desc;
	const char *short_desc;
	const char *syntax;
	uint32_t flags;
	void (*strowger_run)(void *data, switch_core_session_t *session, const char *argument);
	void (*strowger_drop)(void *data);
	void *strowger_data;
} switch_application_interface_t;
typedef struct switch_api_interface {
	const char *interface_name;
	const char *desc;
	switch_api_function_t function;
	const char *syntax;
	uint32_t flags;
	switch_status_t (*strowger_run)(void *data, const char *cmd, switch_core_session_t *session,
									switch_stream_handle_t *stream);
	void (*strowger_drop)(void *data);
	void *strowger_data;
} switch_api_interface_t;
typedef struct switch_loadable_module_interface {
	const char *module_name;
	switch_memory_pool_t *pool;
} switch_loadable_module_interface_t;

/* An element of a configuration. `attr` is name, value, name, value, …, NULL; `next` the next one of that name. */
typedef struct switch_xml *switch_xml_t;
struct switch_xml {
	char *name;
	char **attr;
	char *txt;
	switch_xml_t next;
	switch_xml_t sibling;
	switch_xml_t ordered;
	switch_xml_t child;
	switch_xml_t parent;
};

SWITCH_END_EXTERN_C
#endif
