/*
 * switch.h: what a module in C sees of Strowger.
 *
 * Written for Strowger. Its names, arguments and meanings are those that modules for FreeSWITCH 1.10 are written with, so
 * that their sources compile without a change:
 *
 *     cc -shared -fPIC -I include mod_x.c -o mod_x.so
 *
 * It is their sources that fit, not the modules that were compiled for FreeSWITCH: the switch refuses those by name.
 * docs/modules.md tells what is here, what is not, and how a module is written.
 *
 * A module links with nothing. All it calls is an inline function here, which calls through `strowger_host`: a table that
 * the switch fills in once it has seen that the module was compiled for its own SWITCH_API_VERSION.
 */
#ifndef STROWGER_SWITCH_H
#define STROWGER_SWITCH_H

/* strndup, recursive locks and their kin, also under -std=c99. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "strowger/types.h"
#include "strowger/host.h"
#include "strowger/utils.h"
#include "strowger/core.h"
#include "strowger/event.h"
#include "strowger/call.h"
#include "strowger/thread.h"
#include "strowger/hash.h"
#include "strowger/xml.h"
#include "strowger/config.h"
#include "strowger/module.h"

#endif
