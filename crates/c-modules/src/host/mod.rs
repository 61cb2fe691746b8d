//! The functions that modules call. Each takes what C gives it, whatever that is: null is no reason to fall over, and a
//! number that stands for nothing is answered with nothing.

mod call;
mod core;
mod event;
mod ivr;
mod module;
#[cfg(test)]
mod tests;

use strowger_module::abi::Host;

use crate::handles::pointer;

/// The table for the module of that number.
pub(crate) fn table(module: usize) -> Host {
    Host {
        module: pointer(module),
        log: core::log,
        pool_new: module::pool_new,
        pool_destroy: module::pool_destroy,
        pool_alloc: module::pool_alloc,
        module_interface: module::module_interface,
        create_interface: module::create_interface,
        set_complete: module::set_complete,
        event_create: event::create,
        event_add_header: event::add_header,
        event_del_header: event::del_header,
        event_get_header: event::get_header,
        event_set_body: event::set_body,
        event_set_subclass: event::set_subclass,
        event_dup: event::dup,
        event_merge: event::merge,
        event_destroy: event::destroy,
        event_serialize: event::serialize,
        event_fire: event::fire,
        event_bind: event::bind,
        event_unbind: event::unbind,
        event_unbind_callback: event::unbind_callback,
        event_reserve_subclass: event::reserve_subclass,
        event_free_subclass: event::free_subclass,
        event_name: event::name,
        name_event: event::by_name,
        get_variable: core::get_variable,
        set_variable: core::set_variable,
        identity: core::identity,
        session_count: core::session_count,
        ready: core::ready,
        new_uuid: core::new_uuid,
        api_execute: core::api_execute,
        cause_name: core::cause_name,
        name_cause: core::name_cause,
        thread_start: module::thread_start,
        thread_join: module::thread_join,
        xml_open: core::xml_open,
        xml_free: core::xml_free,
        session_locate: call::locate,
        session_rwunlock: call::rwunlock,
        session_pool: call::pool,
        session_text: call::text,
        session_number: call::number,
        session_get_variable: call::get_variable,
        session_set_variable: call::set_variable,
        session_answer: call::answer,
        session_hangup: call::hangup,
        session_execute: call::execute,
        session_perform: ivr::perform,
        session_ask: ivr::ask,
        session_transfer: call::transfer,
        session_event_data: call::event_data,
        session_expand: call::expand,
        session_profile: call::profile,
    }
}
