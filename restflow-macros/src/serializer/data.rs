//! The struct of validated data and the table of fields.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{GenericArgument, PathArguments, Type, ext::IdentExt};

use super::{
    attributes::NestedWrite,
    declaration::{Declaration, FieldDeclaration, Kind},
    names,
    rules::option,
};

impl Declaration {
    /// The struct of validated data: each writable field as an `Option`.
    pub(super) fn data_struct(&self) -> TokenStream {
        let Self {
            ident, visibility, ..
        } = self;
        let data = names::data_ident(ident);
        let fields = self.writable().map(|field| {
            let FieldDeclaration { ident, docs, .. } = field;
            let ty = field.data_type(&self.root);
            let ty = match field.kind {
                Kind::Flatten => ty,
                _ => quote!(::core::option::Option<#ty>),
            };
            let docs = if docs.is_empty() {
                let doc = format!("The field `{}`; `None` if it was not sent.", ident.unraw());
                quote!(#[doc = #doc])
            } else {
                quote!(#(#docs)*)
            };
            quote!(#docs pub #ident: #ty)
        });
        let doc = format!("Validated input of [`{ident}`]: `None` stands for a field not sent.");
        quote! {
            #[doc = #doc]
            #[derive(::core::clone::Clone, ::core::default::Default)]
            #[allow(unused_qualifications)]
            #visibility struct #data {
                #(#fields,)*
            }
        }
    }

    /// `Debug` of the validated data, which hides what no client is ever shown: a log is no better
    /// place for a password.
    pub(super) fn data_debug(&self) -> TokenStream {
        let data = names::data_ident(&self.ident);
        let name = data.to_string();
        let fields = self.writable().map(|field| {
            let (ident, name) = (&field.ident, field.ident.unraw().to_string());
            let value = if field.write_only {
                let root = &self.root;
                quote!(#root::__private::redacted(&self.#ident))
            } else {
                quote!(&self.#ident)
            };
            quote!(debug.field(#name, #value);)
        });
        quote! {
            #[automatically_derived]
            impl ::core::fmt::Debug for #data {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    let mut debug = f.debug_struct(#name);
                    #(#fields)*
                    debug.finish()
                }
            }
        }
    }

    /// The table of fields.
    pub(super) fn field_table(&self) -> TokenStream {
        let root = &self.root;
        let fields = self.fields.iter().map(|field| field.table_entry(root));
        let len = self.fields.len();
        quote! {
            static __FIELDS: [#root::__private::Field; #len] = [#(#fields),*];
        }
    }

    /// Data written back with serde: what was sent, without the write-only fields.
    pub(super) fn data_serialize(&self) -> TokenStream {
        let root = &self.root;
        let private = quote!(#root::__private);
        let (ident, data) = (&self.ident, names::data_ident(&self.ident));
        quote! {
            #[automatically_derived]
            impl #private::serde::Serialize for #data {
                fn serialize<__S>(&self, serializer: __S) -> ::core::result::Result<__S::Ok, __S::Error>
                where
                    __S: #private::serde::Serializer,
                {
                    let mut map = #private::serde::Serializer::serialize_map(
                        serializer,
                        ::core::option::Option::None,
                    )?;
                    <#ident as #root::Flatten>::serialize_data(self, &mut map)?;
                    #private::serde::ser::SerializeMap::end(map)
                }
            }
        }
    }

    /// `Flatten::serialize_data`.
    pub(super) fn serialize_data(&self) -> TokenStream {
        let root = &self.root;
        let private = quote!(#root::__private);
        let entries = self.writable().map(|field| {
            let FieldDeclaration {
                ident, index, ty, ..
            } = field;
            let value = match field.kind {
                Kind::Flatten => {
                    return quote! {
                        <#ty as #root::Flatten>::serialize_data(&data.#ident, map)?;
                    };
                }
                Kind::Nested | Kind::NestedList(_) => quote!(data.#ident.as_ref()),
                _ => {
                    let shown = field.shown();
                    quote!(data.#ident.as_ref().map(|value| #private::#shown(value, &__FIELDS[#index])))
                }
            };
            quote!(#private::entry(map, &__FIELDS[#index], #value)?;)
        });
        quote! {
            fn serialize_data<__M>(
                data: &Self::Data,
                map: &mut __M,
            ) -> ::core::result::Result<(), __M::Error>
            where
                __M: #private::serde::ser::SerializeMap,
            {
                #(#entries)*
                ::core::result::Result::Ok(())
            }
        }
    }
}

impl FieldDeclaration {
    /// The type in the `Option` of the validated data.
    fn data_type(&self, root: &TokenStream) -> TokenStream {
        let inner = &self.inner;
        let span = self.span;
        let ty = match &self.kind {
            Kind::Nested if self.is_written() => quote_spanned!(span=> #root::NestedRow<#inner>),
            Kind::NestedList(element) if self.is_written() => quote_spanned! {span=>
                ::std::vec::Vec<#root::NestedRow<#element>>
            },
            Kind::Nested | Kind::Flatten => {
                quote_spanned!(span=> <#inner as #root::Serializer>::Data)
            }
            Kind::NestedList(element) => quote_spanned! {span=>
                ::std::vec::Vec<<#element as #root::Serializer>::Data>
            },
            Kind::Slug(entity, _) => quote_spanned!(span=> #root::KeyOf<#entity>),
            Kind::SlugMany(entity, ..) => {
                quote_spanned!(span=> ::std::vec::Vec<#root::KeyOf<#entity>>)
            }
            _ => quote!(#inner),
        };
        if self.nullable {
            quote!(::core::option::Option<#ty>)
        } else {
            ty
        }
    }

    /// The function that shows a value of [`data_type`](Self::data_type).
    fn shown(&self) -> proc_macro2::Ident {
        format_ident!(
            "{}",
            if self.nullable {
                "shown_option"
            } else {
                "shown"
            }
        )
    }

    /// Whether rows of a nested serializer may be new.
    pub(crate) fn creates_rows(&self) -> bool {
        let write = self.attributes.nested_write;
        write.is_some_and(|write| write != NestedWrite::Link)
    }

    fn table_entry(&self, root: &TokenStream) -> TokenStream {
        let private = quote!(#root::__private);
        let name = self.wire_name();
        let title = self.ident.unraw().to_string().replace('_', " ");
        let label = option(self.attributes.label.as_ref());
        let help_text = option(self.help_text());
        let (required, read_only) = (self.required && !self.read_only, self.read_only);
        let (write_only, nullable) = (self.write_only, self.nullable);
        let flatten = matches!(self.kind, Kind::Flatten);
        let (has_default, create_only) = (self.has_default(), self.attributes.create_only);
        let messages = &self.rules.messages;
        let error_messages = self.attributes.error_messages.iter();
        let error_messages = error_messages.map(|(code, text)| quote!((#code, #text)));
        let options = self.options(root);
        let nested_write = self.attributes.nested_write.map(|write| {
            let variant = format_ident!("{}", write.variant());
            quote!(nested_write: ::core::option::Option::Some(#root::NestedWrite::#variant),)
        });
        quote! {
            #private::Field {
                #nested_write
                label: #label,
                help_text: #help_text,
                required: #required,
                flatten: #flatten,
                has_default: #has_default,
                create_only: #create_only,
                read_only: #read_only,
                write_only: #write_only,
                nullable: #nullable,
                options: #private::FieldOptions {
                    #(#options,)*
                    ..#private::FieldOptions::DEFAULT
                },
                messages: &[#(#messages),*],
                error_messages: &[#(#error_messages),*],
                ..#private::Field::new(#name, #title)
            }
        }
    }

    fn options(&self, root: &TokenStream) -> Vec<TokenStream> {
        let attributes = &self.attributes;
        let mut options = self.rules.options.clone();
        let flags = [
            ("allow_blank", attributes.allow_blank),
            ("trim_whitespace", attributes.trim_whitespace),
            ("allow_empty", attributes.allow_empty),
            ("coerce_to_string", attributes.coerce_to_string),
            ("normalize_output", attributes.normalize_output),
        ];
        for (name, value) in flags {
            let name = format_ident!("{name}");
            options.extend(value.map(|value| quote!(#name: #value)));
        }
        let digits = [
            ("max_digits", &attributes.max_digits),
            ("decimal_places", &attributes.decimal_places),
        ];
        for (name, value) in digits {
            let name = format_ident!("{name}");
            if let Some(value) = value {
                options.push(quote!(#name: ::core::option::Option::Some(#value)));
            }
        }
        if let Some(rounding) = &attributes.rounding {
            options.push(quote!(rounding: #root::__private::RoundingStrategy::#rounding));
        }
        if let Some(format) = &attributes.format {
            options.push(quote!(datetime_format: ::core::option::Option::Some(#format)));
        }
        let time_zone = attributes.time_zone.as_ref();
        let time_zone = time_zone.or(self.default_time_zone.as_ref()).map(|zone| {
            let private = quote!(#root::__private);
            let zone = quote_spanned!(zone.span()=> #private::TimeZone::#zone);
            quote!(time_zone: ::core::option::Option::Some(#zone))
        });
        // One level more, for an alias of a list.
        let depth = 1 + levels(&self.inner);
        options.extend(self.rules.child(time_zone.as_ref(), depth, root));
        options.extend(time_zone);
        if let Some(format) = &attributes.uuid_format {
            options.push(quote!(uuid_format: #root::__private::UuidFormat::#format));
        }
        if !attributes.input_formats.is_empty() {
            let formats = &attributes.input_formats;
            options.push(quote!(input_formats: &[#(#formats),*]));
        }
        options
    }
}

/// How many types a type has in each other's angle brackets: 2 for `Vec<Vec<T>>`.
fn levels(ty: &Type) -> usize {
    let Type::Path(path) = ty else {
        return 0;
    };
    let last = path.path.segments.last();
    let Some(PathArguments::AngleBracketed(arguments)) = last.map(|last| &last.arguments) else {
        return 0;
    };
    let levels = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(1 + levels(ty)),
        _ => None,
    });
    levels.max().unwrap_or(0)
}
