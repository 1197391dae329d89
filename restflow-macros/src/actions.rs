//! `#[actions]` on an `impl` block and `#[action(…)]` on its methods.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, Error, Expr, ImplItem, ImplItemFn, ItemImpl, LitBool, LitInt, LitStr, Result, Token,
    Type, ext::IdentExt, meta::ParseNestedMeta, punctuated::Punctuated,
};

use crate::{docs::doc, http_methods};

pub(crate) fn expand(attribute: TokenStream, mut item: ItemImpl) -> Result<TokenStream> {
    if !attribute.is_empty() {
        return Err(Error::new_spanned(attribute, "`#[actions]` takes nothing"));
    }
    if let Some((_, path, _)) = &item.trait_ {
        return Err(Error::new_spanned(
            path,
            "`#[actions]` goes on the viewset's own `impl` block, not on that of a trait",
        ));
    }
    let mut complaints: Option<Error> = None;
    let mut complain = |error: Error| match &mut complaints {
        Some(complaints) => complaints.combine(error),
        None => complaints = Some(error),
    };
    let mut actions: Vec<ActionFn> = Vec::new();
    let mut mapped: Vec<ActionFn> = Vec::new();
    let mut defaults = Vec::new();
    for member in &mut item.items {
        let ImplItem::Fn(function) = member else {
            continue;
        };
        let default = DefaultAction::of(function);
        let attribute = match (take_action_attribute(function), default) {
            (Some(attribute), None) => attribute,
            (None, None) => continue,
            (None, Some(default)) => {
                match http_methods::check_signature("an action", &function.sig) {
                    Ok(()) => defaults.push(default.expand(function)),
                    Err(error) => complain(error),
                }
                continue;
            }
            (Some(attribute), Some(_)) => {
                complain(Error::new_spanned(
                    attribute,
                    format!(
                        "`{}` is a default action and needs no `#[action]`; what it does \
                         differently from the viewset is said in an ActionConfig",
                        function.sig.ident
                    ),
                ));
                continue;
            }
        };
        match ActionFn::parse(function, &attribute) {
            Ok(action) if action.mapping.is_some() => mapped.push(action),
            Ok(action) => actions.push(action),
            Err(error) => complain(error),
        }
    }
    for action in &mapped {
        for error in action.lost_arguments() {
            complain(error);
        }
        let mapping = action.mapping.as_ref().expect("only mapped ones are here");
        if !actions
            .iter()
            .any(|known| known.name.unraw() == mapping.value())
        {
            complain(Error::new(
                mapping.span(),
                format!("there is no action `{}` in this block", mapping.value()),
            ));
        }
    }
    if let Some(complaints) = complaints {
        return Err(complaints);
    }
    let ty = &item.self_ty;
    let urls = actions
        .iter()
        .filter(|action| !has_function(&item, &action.url_function()))
        .map(ActionFn::expand_url);
    let urls: Vec<_> = urls.collect();
    let (generics, _, bounds) = item.generics.split_for_impl();
    let actions = actions.iter().map(|action| {
        let methods = mapped.iter().filter(|other| {
            other
                .mapping
                .as_ref()
                .is_some_and(|mapping| action.name.unraw() == mapping.value())
        });
        action.expand(methods)
    });
    let custom = quote! {
        #[automatically_derived]
        impl #generics ::restflow::viewsets::CustomActions for #ty #bounds {
            fn custom_actions() -> ::std::vec::Vec<::restflow::viewsets::Action<Self>> {
                ::std::vec![#(#actions),*]
            }

            fn own_default_actions()
            -> ::std::vec::Vec<::restflow::viewsets::DefaultAction<Self>> {
                ::std::vec![#(#defaults),*]
            }
        }

        #[automatically_derived]
        #[allow(dead_code, unreachable_pub, reason = "whether a URL is made is the program's affair")]
        impl #generics #ty #bounds {
            #(#urls)*
        }
    };
    let mut tokens = item.into_token_stream();
    tokens.extend(custom);
    Ok(tokens)
}

/// A method that is named after a default action.
struct DefaultAction {
    name: &'static str,
    method: &'static str,
    detail: bool,
    shape: &'static str,
}

impl DefaultAction {
    const ALL: [Self; 6] = [
        Self::new("list", "GET", false, "List"),
        Self::new("create", "POST", false, "Create"),
        Self::new("retrieve", "GET", true, "Retrieve"),
        Self::new("update", "PUT", true, "Update"),
        Self::new("partial_update", "PATCH", true, "PartialUpdate"),
        Self::new("destroy", "DELETE", true, "Destroy"),
    ];

    const fn new(
        name: &'static str,
        method: &'static str,
        detail: bool,
        shape: &'static str,
    ) -> Self {
        Self {
            name,
            method,
            detail,
            shape,
        }
    }

    fn of(function: &ImplItemFn) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|action| function.sig.ident == action.name)
    }

    fn expand(&self, function: &ImplItemFn) -> TokenStream {
        let Self { name, detail, .. } = self;
        let method = Ident::new(self.method, Span::call_site());
        let shape = Ident::new(self.shape, Span::call_site());
        let doc = doc(&function.attrs);
        let call = http_methods::call(&function.sig.ident);
        quote! {
            ::restflow::viewsets::DefaultAction::<Self> {
                name: #name,
                method: ::restflow::viewsets::__private::http::Method::#method,
                detail: #detail,
                shape: ::restflow::viewsets::__private::OperationShape::#shape,
                doc: #doc,
                call: #call,
                saves_fields_only: false,
            }
        }
    }
}

/// Whether the block has a function of this name.
fn has_function(item: &ItemImpl, name: &Ident) -> bool {
    let mut members = item.items.iter();
    members.any(|member| matches!(member, ImplItem::Fn(function) if function.sig.ident == *name))
}

fn take_action_attribute(function: &mut ImplItemFn) -> Option<Attribute> {
    let position = function
        .attrs
        .iter()
        .position(|attribute| attribute.path().is_ident("action"))?;
    Some(function.attrs.remove(position))
}

/// A method with `#[action(…)]`.
struct ActionFn {
    name: Ident,
    doc: String,
    detail: bool,
    methods: Vec<Ident>,
    url_path: Option<LitStr>,
    url_name: Option<LitStr>,
    /// What OPTIONS and the document call it: a variant of `ActionTitle`.
    title: Option<(Ident, LitStr)>,
    description: Option<LitStr>,
    /// The action whose path it shares.
    mapping: Option<LitStr>,
    shape: &'static str,
    /// The status of a success.
    status: Option<LitInt>,
    /// The arguments that only the action whose path it is can have, see `mapping`.
    of_path: Vec<Ident>,
    /// Calls of `ActionConfig`'s builder.
    overrides: Vec<TokenStream>,
}

const KNOWN: &str = "detail, methods, url_path, url_name, name, suffix, description, mapping, \
    list, status, serializer, request_serializer, response_serializer, permission_classes, throttle_classes, \
    parser_classes, renderer_classes, pagination_class, queryset";

impl ActionFn {
    fn parse(function: &ImplItemFn, attribute: &Attribute) -> Result<Self> {
        let name = function.sig.ident.clone();
        http_methods::check_signature("an action", &function.sig)?;
        let mut detail = None;
        let mut action = Self {
            doc: doc(&function.attrs),
            name,
            detail: false,
            methods: Vec::new(),
            url_path: None,
            url_name: None,
            title: None,
            description: None,
            mapping: None,
            shape: "Custom",
            status: None,
            of_path: Vec::new(),
            overrides: Vec::new(),
        };
        attribute.parse_nested_meta(|meta| action.argument(&meta, &mut detail))?;
        if action.methods.is_empty() {
            action.methods.push(Ident::new("GET", action.name.span()));
        }
        match (detail, &action.mapping) {
            (Some(detail), _) => action.detail = detail,
            (None, Some(_)) => {}
            (None, None) => {
                return Err(Error::new_spanned(
                    attribute,
                    "say where the action belongs: `detail = true` behind the lookup of one \
                     object, `detail = false` beside the list",
                ));
            }
        }
        Ok(action)
    }

    fn argument(&mut self, meta: &ParseNestedMeta<'_>, detail: &mut Option<bool>) -> Result<()> {
        let Some(ident) = meta.path.get_ident() else {
            return Err(meta.error(format!("unknown argument, expected one of: {KNOWN}")));
        };
        let name = ident.to_string();
        if !matches!(name.as_str(), "methods" | "mapping" | "list" | "status") {
            self.of_path.push(ident.clone());
        }
        match name.as_str() {
            "detail" => *detail = Some(meta.value()?.parse::<LitBool>()?.value),
            "methods" => {
                let content;
                syn::parenthesized!(content in meta.input);
                for method in Punctuated::<LitStr, Token![,]>::parse_terminated(&content)? {
                    self.methods
                        .push(http_methods::constant(&method.value(), method.span())?);
                }
            }
            "url_path" => self.url_path = Some(url_path(meta.value()?.parse()?)?),
            "url_name" => self.url_name = Some(meta.value()?.parse()?),
            "name" | "suffix" => {
                if self.title.is_some() {
                    return Err(meta.error(
                        "an action has a `name`, or a `suffix` behind the name of its viewset",
                    ));
                }
                let variant = if name == "name" { "Name" } else { "Suffix" };
                let variant = Ident::new(variant, Span::call_site());
                self.title = Some((variant, meta.value()?.parse()?));
            }
            "description" => self.description = Some(meta.value()?.parse()?),
            "mapping" => self.mapping = Some(meta.value()?.parse()?),
            "list" => self.shape = "List",
            "status" => self.status = Some(http_methods::success(meta.value()?.parse()?)?),
            "serializer" | "request_serializer" | "response_serializer" => {
                let class: Type = meta.value()?.parse()?;
                let setter = Ident::new(&name, Span::call_site());
                self.overrides.push(quote! { .#setter::<#class>() });
            }
            "permission_classes" | "throttle_classes" | "parser_classes" | "renderer_classes"
            | "pagination_class" | "queryset" => {
                let value: Expr = meta.value()?.parse()?;
                let setter = Ident::new(&name, Span::call_site());
                self.overrides.push(quote! { .#setter(#value) });
            }
            _ => {
                return Err(meta.error(format!(
                    "unknown argument `{name}`, expected one of: {KNOWN}"
                )));
            }
        }
        Ok(())
    }

    /// What a function that shares the path of another says in vain: a `permission_classes` that
    /// nobody asks would be a hole.
    fn lost_arguments(&self) -> impl Iterator<Item = Error> {
        self.mapping.iter().flat_map(|mapping| {
            self.of_path.iter().map(|argument| {
                let or = match argument.to_string().as_str() {
                    "detail" | "url_path" | "url_name" | "name" | "suffix" | "description" => {
                        String::new()
                    }
                    _ => format!(", or in an ActionConfig for `{}`", self.name),
                };
                Error::new(
                    argument.span(),
                    format!(
                        "`{}` shares the path of `{}`; say `{argument}` there{or}",
                        self.name,
                        mapping.value()
                    ),
                )
            })
        })
    }

    /// The action with its own methods and those of functions that share its path.
    fn expand<'a>(&'a self, mapped: impl Iterator<Item = &'a Self>) -> TokenStream {
        let name = self.name.unraw().to_string();
        let detail = self.detail;
        let url_path = self.url_path.iter().map(|path| quote! { .url_path(#path) });
        let url_name = self.url_name.iter().map(|name| quote! { .url_name(#name) });
        let title = self.title.iter().map(|(variant, text)| {
            quote! { .title(::restflow::viewsets::ActionTitle::#variant(#text)) }
        });
        let description = self
            .description
            .iter()
            .map(|text| quote! { .description(#text) });
        let methods = self.bindings();
        let mapped = mapped.flat_map(Self::bindings);
        let overrides = (!self.overrides.is_empty()).then(|| {
            let overrides = &self.overrides;
            quote! {
                .overrides(::restflow::viewsets::ActionConfig::<Self>::new() #(#overrides)*)
            }
        });
        quote! {
            ::restflow::viewsets::Action::<Self>::new(#name, #detail)
                #(#url_path)*
                #(#url_name)*
                #(#title)*
                #(#description)*
                #(#methods)*
                #(#mapped)*
                #overrides
        }
    }

    /// `archive_url`.
    fn url_function(&self) -> Ident {
        format_ident!("{}_url", self.name.unraw())
    }

    /// The function that makes the URL of the action.
    fn expand_url(&self) -> TokenStream {
        let function = self.url_function();
        let name = self.name.unraw().to_string();
        let doc = format!(
            " The URL of the action `{name}`, absolute where it is made for a request. See \
             `ViewSetUrls` of `restflow::viewsets`."
        );
        let url_name = match &self.url_name {
            Some(url_name) => url_name.value(),
            None => name.replace('_', "-"),
        };
        let key = self.detail.then(|| {
            quote! { key: impl ::restflow::viewsets::KeyFor<Self>, }
        });
        let key_text = match self.detail {
            true => quote! {
                ::core::option::Option::Some(::restflow::viewsets::KeyFor::<Self>::into_text(key))
            },
            false => quote! { ::core::option::Option::None },
        };
        let path = self.url_path.as_ref().map(LitStr::value);
        let parameters: Vec<_> = path.iter().flat_map(|path| captures(path)).collect();
        quote! {
            #[doc = #doc]
            pub fn #function(
                at: impl ::restflow::viewsets::At<Self>,
                #key
                #(#parameters: impl ::restflow::viewsets::PathParam,)*
            ) -> ::restflow::viewsets::__private::Result<::std::string::String> {
                ::restflow::viewsets::__private::action_url::<Self>(
                    at,
                    #url_name,
                    #key_text,
                    ::std::vec![#(::restflow::viewsets::PathParam::into_text(#parameters)),*],
                )
            }
        }
    }

    fn bindings(&self) -> Vec<TokenStream> {
        let function = &self.name;
        let name = function.unraw().to_string();
        let status = self.status.iter().map(|status| quote! { .status(#status) });
        let status = quote! { #(#status)* };
        let shape = Ident::new(self.shape, Span::call_site());
        let doc = &self.doc;
        let call = http_methods::call(function);
        self.methods
            .iter()
            .map(|method| {
                quote! {
                    .on(
                        ::restflow::viewsets::__private::http::Method::#method,
                        #name,
                        ::restflow::viewsets::__private::OperationShape::#shape,
                        #doc,
                        #call,
                    )
                    #status
                }
            })
            .collect()
    }
}

/// Arguments named after the captures of a path: `kind` for `related/{kind:[a-z]{2}}`. What is
/// wrong with the path is told when it is routed.
fn captures(path: &str) -> Vec<Ident> {
    let mut names = Vec::new();
    let mut depth = 0;
    let mut name = String::new();
    let mut is_name = false;
    for c in path.chars() {
        match c {
            '{' => {
                depth += 1;
                is_name = depth == 1;
                continue;
            }
            '}' => depth -= 1,
            ':' => {}
            _ if is_name => name.push(c),
            _ => {}
        }
        if is_name && matches!(c, ':' | '}') {
            is_name = false;
            names.push(std::mem::take(&mut name));
        }
    }
    let argument = |name: String| {
        let is_free = !matches!(name.as_str(), "at" | "key");
        match syn::parse_str::<Ident>(&name) {
            Ok(ident) if is_free => Some(ident),
            _ => syn::parse_str(&format!("{name}_")).ok(),
        }
    };
    names.into_iter().filter_map(argument).collect()
}

/// The router puts the slashes around an action's path.
fn url_path(path: LitStr) -> Result<LitStr> {
    let text = path.value();
    if text.is_empty() || text.starts_with('/') || text.ends_with('/') {
        return Err(Error::new(
            path.span(),
            format!(
                "the router puts the slashes around an action's path: write `{}`",
                match text.trim_matches('/') {
                    "" => "stats",
                    trimmed => trimmed,
                }
            ),
        ));
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use quote::quote;
    use syn::parse_quote;

    #[test]
    fn default_actions_need_no_attribute_and_have_their_signature() {
        let item = parse_quote! {
            impl Products {
                #[action(detail = false)]
                async fn list(&self, request: &Request) -> Result<Response> {}

                fn retrieve(&self, request: &Request) -> Result<Response> {}

                async fn update(&self, request: &Request) -> Result<Response> {}
            }
        };
        let complaints = super::expand(quote!(), item).unwrap_err();
        let complaints: Vec<_> = complaints.into_iter().map(|e| e.to_string()).collect();
        assert_eq!(
            complaints,
            [
                "`list` is a default action and needs no `#[action]`; what it does differently \
                 from the viewset is said in an ActionConfig",
                "an action is async: `async fn retrieve(&self, request: &Request) -> \
                 Result<Response>`",
            ]
        );
    }

    #[test]
    fn captures_become_arguments() {
        let names = |path| -> Vec<_> {
            let captures = super::captures(path).into_iter();
            captures.map(|name| name.to_string()).collect()
        };
        assert_eq!(
            names("related/{kind:[a-z]{2,3}}/{type}/{key}"),
            ["kind", "type_", "key_"]
        );
        assert!(names("plain").is_empty());
    }

    #[test]
    fn arguments_beside_a_mapping_are_not_dropped() {
        let complaints = |arguments: proc_macro2::TokenStream| -> Vec<String> {
            let item = parse_quote! {
                impl Products {
                    #[action(detail = true, methods("post"))]
                    async fn set_price(&self, request: &Request) -> Result<Response> {}

                    #[action(mapping = "set_price", methods("delete") #arguments)]
                    async fn reset_price(&self, request: &Request) -> Result<Response> {}
                }
            };
            match super::expand(quote!(), item) {
                Ok(_) => Vec::new(),
                Err(errors) => errors.into_iter().map(|error| error.to_string()).collect(),
            }
        };
        assert!(complaints(quote!()).is_empty());
        assert!(complaints(quote!(, list)).is_empty());
        assert_eq!(
            complaints(quote!(, permission_classes = IsAdminUser, url_path = "price")),
            [
                "`reset_price` shares the path of `set_price`; say `permission_classes` there, or \
                 in an ActionConfig for `reset_price`",
                "`reset_price` shares the path of `set_price`; say `url_path` there",
            ]
        );
    }

    fn expanded(item: syn::ItemImpl) -> String {
        match super::expand(quote!(), item) {
            Ok(tokens) => tokens.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_raw_name_is_its_word() {
        let tokens = expanded(parse_quote! {
            impl Products {
                #[action(detail = true)]
                async fn r#type(&self, request: &Request) -> Result<Response> {}
            }
        });
        assert!(tokens.contains("new (\"type\""), "{tokens}");
        assert!(!tokens.contains("\"r#type\""), "{tokens}");
    }

    #[test]
    fn generics_stay() {
        let tokens = expanded(parse_quote! {
            impl<T: Kind> Products<T> where T: Send {
                #[action(detail = true)]
                async fn archive(&self, request: &Request) -> Result<Response> {}
            }
        });
        let implementation = "impl < T : Kind > :: restflow :: viewsets :: CustomActions for Products < T > where T : Send";
        assert!(tokens.contains(implementation), "{tokens}");
    }

    #[test]
    fn a_path_has_no_slashes_around_it() {
        for (path, expected) in [
            ("/stats/", "write `stats`"),
            ("a/", "write `a`"),
            ("", "write"),
        ] {
            let complaint = expanded(parse_quote! {
                impl Products {
                    #[action(detail = false, url_path = #path)]
                    async fn stats(&self, request: &Request) -> Result<Response> {}
                }
            });
            assert!(complaint.contains(expected), "{complaint}");
        }
    }

    #[test]
    fn a_status_is_that_of_a_success() {
        let complaint = expanded(parse_quote! {
            impl Products {
                #[action(detail = false, status = 404)]
                async fn stats(&self, request: &Request) -> Result<Response> {}
            }
        });
        assert!(
            complaint.contains("404 is not the status of a success"),
            "{complaint}"
        );
    }
}
