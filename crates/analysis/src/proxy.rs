//! The proxy for requests to the internet, from the environment.

use std::env::VarError;

use ureq::{Proxy, ProxyProtocol};

/// The variables from which ureq takes a proxy. It takes the first that is valid, and uses no proxy
/// if none is valid.
const VARIABLES: [&str; 6] =
    ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/// A variable names a proxy that cannot be used. The message does not quote its value, which may
/// contain a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the variable {variable} names a proxy that cannot be used ({why}), and requests would bypass it; set the variable to \
     http://HOST:PORT or https://HOST:PORT, or unset it"
)]
pub(crate) struct ProxyError {
    variable: &'static str,
    why: String,
}

/// Checks that all proxies that the environment names can be used. ureq silently ignores a proxy
/// that it cannot use, and would send the requests directly.
pub(crate) fn check_proxy() -> Result<(), ProxyError> {
    check(|name| std::env::var(name))
}

fn check(variable: impl Fn(&str) -> Result<String, VarError>) -> Result<(), ProxyError> {
    for name in VARIABLES {
        let why = match variable(name) {
            Err(VarError::NotPresent) => continue,
            Err(VarError::NotUnicode(_)) => "it is not UTF-8".to_owned(),
            // An empty variable switches the proxy off.
            Ok(value) if value.is_empty() => continue,
            Ok(value) => match Proxy::new(&value) {
                Ok(proxy) if !matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https) => {
                    "SOCKS is not supported".to_owned()
                }
                Ok(proxy) if has_address(&proxy) && has_only_address(&value) => continue,
                Ok(proxy) if has_address(&proxy) => "it has a path, a query or a fragment".to_owned(),
                _ => "it is not the address of a proxy".to_owned(),
            },
        };
        return Err(ProxyError { variable: name, why });
    }
    Ok(())
}

/// Returns whether the proxy has a host, and a valid port or none. If the port is not valid, ureq
/// would use the usual port.
fn has_address(proxy: &Proxy) -> bool {
    let Some(authority) = proxy.uri().authority() else { return false };
    let address = authority.as_str().rsplit('@').next().unwrap_or_default();
    let without_port = address.strip_suffix(authority.host()).is_some();
    !authority.host().is_empty() && (without_port || authority.port_u16().is_some())
}

/// Returns whether the value has no path, query or fragment, which ureq would ignore. A slash at
/// the end means nothing.
fn has_only_address(value: &str) -> bool {
    let address = value.split_once("://").map_or(value, |(_, address)| address);
    !address.strip_suffix('/').unwrap_or(address).contains(['/', '?', '#'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_that_can_be_used() {
        let with = |name: &'static str, value: &'static str| {
            check(move |asked| if asked == name { Ok(value.to_owned()) } else { Err(VarError::NotPresent) })
        };
        assert_eq!(check(|_| Err(VarError::NotPresent)), Ok(()));
        for value in [
            "",
            "http://proxy:3128",
            "https://proxy",
            "proxy:3128",
            "http://me:s3cret@proxy:1",
            "http://[::1]:1",
            "http://proxy:3128/",
        ] {
            for name in VARIABLES {
                assert_eq!(with(name, value), Ok(()), "{name}={value}");
            }
        }
        for value in [
            "socks5://proxy:1080",
            "socks://s3cret@proxy",
            "socks4a://proxy",
            "htp://proxy",
            "http//proxy:3128",
            "http://",
            "http://proxy:port",
            "http://proxy:99999",
            " ",
            "http://proxy name",
            "\u{1b}]0;s3cret",
            "http://127.0.0.1:1/path",
            "http://proxy:3128//",
            "proxy:3128/path",
            "http://me:s3cret@proxy:1/path",
            "http://proxy:3128?s3cret",
            "http://proxy:3128/?query",
            "http://proxy:3128#s3cret",
            "http://proxy:3128/#fragment",
        ] {
            for name in VARIABLES {
                let error = with(name, value).expect_err(value).to_string();
                assert!(error.contains(name) && error.contains("http://HOST:PORT"), "{value}: {error}");
                assert!(!error.contains("s3cret"), "{error}");
            }
        }
        let not_text = check(|_| Err(VarError::NotUnicode("x".into()))).unwrap_err();
        assert_eq!(not_text.variable, "ALL_PROXY");
    }

    /// A valid variable does not hide one that is not valid, because only ureq decides which of
    /// them it uses.
    #[test]
    fn every_variable_counts() {
        let both = check(|name| match name {
            "ALL_PROXY" => Ok("http://proxy".into()),
            "https_proxy" => Ok("socks5://proxy".into()),
            _ => Err(VarError::NotPresent),
        });
        assert_eq!(both.unwrap_err().variable, "https_proxy");
    }
}
