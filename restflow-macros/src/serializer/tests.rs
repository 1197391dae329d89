//! What the derives complain about, each with its words.

#![allow(clippy::unwrap_used, reason = "tests")]

use syn::{DeriveInput, parse_quote};

fn complaints(input: &DeriveInput, over_entity: bool) -> Vec<String> {
    let expanded = if over_entity {
        crate::model_serializer::expand(input)
    } else {
        super::expand(input)
    };
    match expanded {
        Ok(_) => Vec::new(),
        Err(errors) => errors.into_iter().map(|error| error.to_string()).collect(),
    }
}

fn field(attribute: &syn::Attribute, ty: &syn::Type, over_entity: bool) -> String {
    let entity: syn::Attribute = if over_entity {
        parse_quote!(#[serializer(entity = product::Entity)])
    } else {
        parse_quote!(#[serializer(name = "Product")])
    };
    let input = parse_quote! {
        #entity
        struct ProductSerializer { #attribute field: #ty }
    };
    complaints(&input, over_entity).join("; ")
}

#[test]
fn contradictions_of_one_field_are_named() {
    let table: Vec<(syn::Attribute, syn::Type, &str)> = vec![
        (
            parse_quote!(#[serializer(read_only)]),
            parse_quote!(i32),
            "",
        ),
        (
            parse_quote!(#[serializer(read_only, write_only)]),
            parse_quote!(i32),
            "a field is read-only or write-only, not both",
        ),
        (
            parse_quote!(#[serializer(read_only, required)]),
            parse_quote!(i32),
            "a read-only field is never required",
        ),
        (
            parse_quote!(#[serializer(read_only, default)]),
            parse_quote!(i32),
            "a read-only field takes no input and needs no default",
        ),
        (
            parse_quote!(#[serializer(default, required)]),
            parse_quote!(i32),
            "a field with a default is not required",
        ),
        (
            parse_quote!(#[serializer(not_saved)]),
            parse_quote!(i32),
            "a field that is not saved cannot be shown: add `write_only`",
        ),
        (
            parse_quote!(#[serializer(slug_field = "slug")]),
            parse_quote!(String),
            "`slug_field` needs `related = Entity`",
        ),
        (
            parse_quote!(#[serializer(source = "owner.name")]),
            parse_quote!(String),
            "a source with a dot needs `read_only` and `related = Entity`",
        ),
        (
            parse_quote!(#[serializer(related = tag::Entity)]),
            parse_quote!(Option<Vec<i32>>),
            "a relation to many rows is a list and never null",
        ),
        (
            parse_quote!(#[serializer(null)]),
            parse_quote!(i32),
            "a field that may be null is an `Option`",
        ),
        (
            parse_quote!(#[serializer(label = "x")]),
            parse_quote!(CategorySerializer),
            "a nested serializer of a model serializer is `read_only`, or says what becomes of its rows: `nested(write = \"…\")` with",
        ),
        (
            parse_quote!(#[serializer(nested(write = "replace"))]),
            parse_quote!(CategorySerializer),
            "`replace` is for lists; of one row take `upsert`, which changes it, or `create`",
        ),
        (
            parse_quote!(#[serializer(nested(write = "merge"))]),
            parse_quote!(Vec<LineSerializer>),
            "expected `link`, `create`, `replace` or `upsert`",
        ),
        (
            parse_quote!(#[serializer(nested(mode = "merge"))]),
            parse_quote!(Vec<LineSerializer>),
            "expected `write`",
        ),
        (
            parse_quote!(#[serializer(read_only, nested(write = "create"))]),
            parse_quote!(Vec<LineSerializer>),
            "a nested serializer is written, or `read_only` or `not_saved`, not both",
        ),
        (
            parse_quote!(#[serializer(nested(write = "create"), default)]),
            parse_quote!(Vec<LineSerializer>),
            "a nested serializer that is written has neither a default nor a hook of its own",
        ),
        (
            parse_quote!(#[serializer(nested(write = "create"), related = tag::Entity)]),
            parse_quote!(Vec<i32>),
            "`nested(write = \"…\")` is for a serializer or a `Vec` of them",
        ),
        (
            parse_quote!(#[serializer(nested(write = "upsert"))]),
            parse_quote!(Vec<LineSerializer>),
            "",
        ),
        (
            parse_quote!(#[serializer(post_fetch(product_id = "id"))]),
            parse_quote!(Option<ReviewSerializer>),
            "",
        ),
        (
            parse_quote!(#[serializer(post_fetch(code = "code", region = "area"))]),
            parse_quote!(Vec<Review>),
            "",
        ),
        (
            parse_quote!(#[serializer(post_fetch(product_id = "id"))]),
            parse_quote!(ReviewSerializer),
            "a post-fetched field is `Option<S>` (one row or null) or `Vec<S>` (several or all)",
        ),
        (
            parse_quote!(#[serializer(post_fetch(product_id = "id"))]),
            parse_quote!(Option<Vec<ReviewSerializer>>),
            "a post-fetched field is `Option<S>` (one row or null) or `Vec<S>` (several or all)",
        ),
        (
            parse_quote!(#[serializer(post_fetch)]),
            parse_quote!(Vec<ReviewSerializer>),
            "expected the columns that join the rows: `post_fetch(own_key = \"key\")`",
        ),
        (
            parse_quote!(#[serializer(post_fetch(product_id))]),
            parse_quote!(Vec<ReviewSerializer>),
            "expected the columns that join the rows: `post_fetch(own_key = \"key\")`",
        ),
        (
            parse_quote!(#[serializer(post_fetch(product_id = "id"), column = "x")]),
            parse_quote!(Vec<ReviewSerializer>),
            "a field that is no column has no `source` and no `column`",
        ),
        (
            parse_quote!(#[serializer(post_fetch(product_id = "id"), write_only)]),
            parse_quote!(Vec<ReviewSerializer>),
            "a field is read-only or write-only, not both",
        ),
        (
            parse_quote!(#[serializer(annotated = Expr::value(1), computed)]),
            parse_quote!(i32),
            "`computed`, `computed_many`, `constant`, `annotated`, `post_fetch` and `related` exclude each other",
        ),
        (
            parse_quote!(#[serializer(key = "category_id")]),
            parse_quote!(i32),
            "`key` names the column whose values a `computed_many` function gets",
        ),
        (
            parse_quote!(#[serializer(constant = 1, source = "x")]),
            parse_quote!(i32),
            "a field that is no column has no `source` and no `column`",
        ),
        (
            parse_quote!(#[serializer(flatten, read_only)]),
            parse_quote!(Audit),
            "a flattened serializer takes no other attributes; its own fields have theirs",
        ),
        (
            parse_quote!(#[serializer(flatten)]),
            parse_quote!(Option<Audit>),
            "a flattened serializer is neither an `Option` nor a `Vec`",
        ),
        (
            parse_quote!(#[serializer(read_only, example = 1)]),
            parse_quote!(CategorySerializer),
            "a nested serializer has the examples of its fields",
        ),
        (
            parse_quote!(#[serializer(uuid_format = "base64")]),
            parse_quote!(Uuid),
            "expected `hex_verbose`, `hex`, `urn` or `int`",
        ),
        (
            parse_quote!(#[serializer(time_zone = "in Berlin")]),
            parse_quote!(DateTimeUtc),
            "expected a time zone such as `Europe/Berlin`",
        ),
        (
            parse_quote!(#[validate(regex(pattern = "^[a-z"))]),
            parse_quote!(String),
            "the pattern does not compile: regex parse error",
        ),
        (
            parse_quote!(#[serializer(read_only, error_messages(null = "x"))]),
            parse_quote!(i32),
            "a read-only field takes no input and has no `error_messages`",
        ),
        (
            parse_quote!(#[serializer(error_messages(to_long = "x"))]),
            parse_quote!(i32),
            "no field has an error `to_long`, expected `blank`, `does_not_exist`,",
        ),
        (
            parse_quote!(#[serializer(hidden)]),
            parse_quote!(i32),
            "a hidden field takes its value from `default` or `default_with`",
        ),
        (
            parse_quote!(#[serializer(hidden, default = 1, unique)]),
            parse_quote!(i32),
            "a hidden field takes no input: it is neither required nor validated",
        ),
        (
            parse_quote!(#[serializer(hidden, default, related = tag::Entity)]),
            parse_quote!(Vec<i32>),
            "a hidden field is a value or the key of a related row",
        ),
        (
            parse_quote!(#[serializer(default = 1, default_with = two)]),
            parse_quote!(i32),
            "a field has one default: `default` or `default_with`",
        ),
        (
            parse_quote!(#[serializer(create_only)]),
            parse_quote!(i32),
            "`create_only` is about a default: add `default` or `default_with`",
        ),
        (
            parse_quote!(#[serializer(format = "%Q")]),
            parse_quote!(Date),
            "`%Q` is no format of dates and times, expected one such as `%d/%m/%Y`, or `iso-8601`",
        ),
        (
            parse_quote!(#[serializer(input_formats("iso-8601", "%d/%"))]),
            parse_quote!(Date),
            "`%d/%` is no format of dates and times",
        ),
        (
            parse_quote!(#[serializer(input_formats = "%d")]),
            parse_quote!(Date),
            "expected formats such as `input_formats(\"%d/%m/%Y\", \"iso-8601\")`",
        ),
        (
            parse_quote!(#[serializer(decimal(rounding = "bankers"))]),
            parse_quote!(Decimal),
            "expected `half_even`, `half_up`,",
        ),
        (
            parse_quote!(#[validate(must_match(other = "x"))]),
            parse_quote!(String),
            "unsupported rule, expected `length`, `range`, `email`, `url`, `ip`, `slug`, `regex`, `contains`, `does_not_contain`, `custom` or `each`",
        ),
        (
            parse_quote!(#[validate(range(min = "a"))]),
            parse_quote!(i32),
            "expected a number",
        ),
        (
            parse_quote!(#[validate(length(most = 1))]),
            parse_quote!(String),
            "expected `min`, `max`, `equal`, `message` or `code`",
        ),
        (
            parse_quote!(#[validate(email, url)]),
            parse_quote!(String),
            "a field has one format",
        ),
        (
            parse_quote!(#[validate(regex)]),
            parse_quote!(String),
            "expected parentheses",
        ),
    ];
    for (attribute, ty, expected) in table {
        let found = field(&attribute, &ty, true);
        if expected.is_empty() {
            assert_eq!(found, "");
        } else {
            assert!(found.contains(expected), "{found:?} lacks {expected:?}");
        }
    }
}

#[test]
fn unknown_attributes_list_the_known_ones() {
    let found = field(
        &parse_quote!(#[serializer(readonly)]),
        &parse_quote!(i32),
        true,
    );
    assert!(
        found.contains("expected `read_only`, `write_only`"),
        "{found}"
    );
    let found = field(
        &parse_quote!(#[serializer(unique)]),
        &parse_quote!(i32),
        false,
    );
    assert_eq!(found, "`unique` needs an entity: derive `ModelSerializer`");
    let found = field(
        &parse_quote!(#[serializer(post_fetch(product_id = "id"))]),
        &parse_quote!(Vec<ReviewSerializer>),
        false,
    );
    assert_eq!(found, "`post_fetch` is for a field of a model serializer");
}

#[test]
fn names_are_taken_once() {
    let input = parse_quote! {
        #[serializer(entity = product::Entity)]
        struct ProductSerializer {
            name: String,
            #[serializer(rename = "name")]
            title: String,
        }
    };
    assert_eq!(complaints(&input, true), ["there are two fields `name`"]);
}

#[test]
fn all_complaints_come_at_once() {
    let input = parse_quote! {
        #[serializer(nme = "x")]
        struct S<T> {
            #[serializer(null)]
            a: i32,
            #[validate(range(min = true))]
            b: T,
        }
    };
    assert_eq!(complaints(&input, true).len(), 5);
}

#[test]
fn shapes_that_are_no_serializer_are_refused() {
    let table: [(DeriveInput, bool, &str); 3] = [
        (
            parse_quote!(
                enum E {
                    A,
                }
            ),
            false,
            "a serializer is a struct",
        ),
        (
            parse_quote!(
                struct T(i32);
            ),
            false,
            "a serializer has named fields",
        ),
        (
            parse_quote!(
                #[serializer(entity = a::Entity)]
                struct S {
                    a: i32,
                }
            ),
            false,
            "a serializer over an entity derives `ModelSerializer`",
        ),
    ];
    for (input, over_entity, expected) in table {
        assert_eq!(complaints(&input, over_entity), [expected]);
    }
}

#[test]
fn sets_are_of_fields_whose_values_are_known() {
    let cases: Vec<(DeriveInput, &[&str])> = vec![
        (
            parse_quote! {
                #[serializer(entity = line::Entity, unique_together(order, number))]
                struct LineSerializer {
                    #[serializer(related = order::Entity)]
                    order: i32,
                    number: Option<i32>,
                }
            },
            &[],
        ),
        (
            parse_quote! {
                #[serializer(entity = line::Entity, unique_together(number))]
                struct LineSerializer { number: i32 }
            },
            &[
                "expected the fields whose values no two rows have together: \
               `unique_together(shop, position)`; `unique` on a field is about one",
            ],
        ),
        (
            parse_quote! {
                #[serializer(entity = line::Entity, unique_together(a, b, c, d, e, a))]
                struct LineSerializer {
                    a: i32,
                    #[serializer(read_only)]
                    b: i32,
                    #[serializer(required = false)]
                    c: i32,
                    #[serializer(computed = Self::d)]
                    d: i32,
                }
            },
            &[
                "a read-only field has no value when a new row is checked: let it be `hidden` with \
               a default, or leave the set to the constraint of the database",
                "a field of `unique_together` is required: take `required = false` away, give it a \
               default, or make it an `Option`, which is not checked where it is null",
                "`unique_together` takes fields that are columns, and this one is none",
                "`unique_together` takes fields of the serializer, and it has none of this name",
                "the field is named twice",
            ],
        ),
    ];
    for (input, expected) in cases {
        assert_eq!(complaints(&input, true), expected);
    }
}
