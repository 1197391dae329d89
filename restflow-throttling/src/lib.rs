#![doc = include_str!("../README.md")]

mod ident;
mod in_memory;
mod rate;
#[cfg(feature = "redis")]
mod redis;
mod scoped;
mod settings;
mod simple;
mod store;

pub use self::{
    ident::get_ident,
    in_memory::InMemoryStore,
    rate::{InvalidRate, Rate},
    scoped::ScopedRateThrottle,
    settings::ThrottleSettings,
    simple::{
        AnonRateThrottle, Anonymous, CacheKey, SimpleRateThrottle, UserOrAddress, UserRateThrottle,
    },
    store::ThrottleStore,
};

#[cfg(feature = "redis")]
pub use self::redis::{InvalidRedisUrl, RedisStore};
