//! What is written for a model, and what is complained about.

#![allow(clippy::unwrap_used, reason = "tests")]

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{ItemStruct, parse_quote};

use super::{Arguments, Model, declaration, expand, serializer};

fn model() -> ItemStruct {
    parse_quote! {
        #[sea_orm::model]
        #[derive(Clone, DeriveEntityModel)]
        #[sea_orm(table_name = "order_line")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            #[sea_orm(unique_key = "once", default_value = 1)]
            pub position: i32,
            #[sea_orm(unique_key = "once")]
            pub order_id: i32,
            #[sea_orm(belongs_to, from = "order_id", to = "id")]
            pub order: BelongsTo<super::order::Entity>,
            #[sea_orm(column_type = "Decimal(Some((8, 2)))", default_value = 0)]
            pub price: Decimal,
            #[sea_orm(column_type = "String(StringLen::N(20))")]
            #[validate(email)]
            pub contact: String,
            #[sea_orm(has_many)]
            pub parts: HasMany<super::part::Entity>,
        }
    }
}

fn written(arguments: TokenStream) -> String {
    let item = model();
    let arguments: Arguments = syn::parse2(arguments).unwrap();
    let input = declaration(&arguments, &Model::parse(&item).unwrap()).unwrap();
    input.into_token_stream().to_string()
}

fn complaints(arguments: TokenStream, item: &ItemStruct) -> Vec<String> {
    match serializer(arguments, item) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.into_iter().map(|error| error.to_string()).collect(),
    }
}

#[test]
fn the_serializer_is_what_one_would_write_by_hand() {
    let by_hand: TokenStream = quote! {
        #[serializer(
            entity = Entity,
            verbose_name = "order line",
            unique_together(position, order),
            name = "Line"
        )]
        pub struct LineSerializer {
            #[serializer(read_only)]
            #[validate()]
            pub id: i32,
            #[serializer()]
            #[validate()]
            pub position: i32,
            #[serializer(required = false, decimal(max_digits = 8, decimal_places = 2))]
            #[validate()]
            pub price: Decimal,
            #[serializer(label = "Mail")]
            #[validate(email, length(min = 3), length(max = 20))]
            pub contact: String,
            #[serializer(related = super::order::Entity, column = "order_id")]
            #[validate()]
            pub order: i32,
        }
    };
    let arguments = quote! {
        LineSerializer,
        fields(id, position, price, contact, order),
        extra(contact(label = "Mail", validate(length(min = 3)))),
        name = "Line"
    };
    assert_eq!(written(arguments), by_hand.to_string());
}

#[test]
fn read_only_fields_take_no_rules_and_make_no_set() {
    let arguments = quote! {
        LineSerializer, exclude(id, price, order), read_only(contact)
    };
    let by_hand = quote! {
        #[serializer(entity = Entity, verbose_name = "order line",)]
        pub struct LineSerializer {
            #[serializer(required = false,)]
            #[validate()]
            pub position: i32,
            #[serializer(read_only)]
            #[validate()]
            pub contact: String,
        }
    };
    assert_eq!(written(arguments), by_hand.to_string());
    let arguments = quote!(LineSerializer, fields = "__all__", unique_together = false);
    assert!(!written(arguments).contains("unique_together"));
}

#[test]
fn what_is_no_value_takes_no_rules_of_its_column() {
    let fields = |arguments| {
        let written = written(arguments);
        written.split_once('{').unwrap().1.to_owned()
    };
    for (said, kept) in [
        (
            quote!(related = super::user::Entity),
            "column = \"contact\" , related",
        ),
        (quote!(constant = "x"), "constant"),
        (quote!(computed), "computed"),
        (quote!(computed_many = all), "computed_many"),
        (quote!(annotated = expression()), "annotated"),
        (quote!(post_fetch(contact = "name")), "post_fetch"),
    ] {
        let text = fields(quote!(LineSerializer, fields(contact), extra(contact(#said))));
        assert!(text.contains(kept) && !text.contains("length"), "{text}");
    }
    let text = fields(quote!(
        LineSerializer,
        fields(position, order),
        extra(position(constant = 1))
    ));
    assert!(!text.contains("required"), "{text}");
    let text = written(quote!(
        LineSerializer,
        fields(position, order),
        extra(position(constant = 1))
    ));
    assert!(!text.contains("unique_together"), "{text}");
}

#[test]
fn a_relation_says_its_column_as_seaorm_reads_it() {
    for said in [
        "order_id",
        "Column::OrderId",
        "OrderId",
        "(order_id)",
        "(Column::OrderId,)",
    ] {
        let mut item = model();
        item.fields.iter_mut().nth(3).unwrap().attrs =
            vec![parse_quote!(#[sea_orm(belongs_to, from = #said, to = "id")])];
        let arguments = syn::parse2(quote!(LineSerializer, fields(order, position))).unwrap();
        let input = declaration(&arguments, &Model::parse(&item).unwrap()).unwrap();
        let text = input.into_token_stream().to_string();
        assert!(
            text.contains("unique_together (position , order)"),
            "{said}: {text}"
        );
        assert!(text.contains("column = \"order_id\""), "{said}: {text}");
    }
    // A key of several columns is none of the fields.
    let mut item = model();
    item.fields.iter_mut().nth(3).unwrap().attrs =
        vec![parse_quote!(#[sea_orm(belongs_to, from = "(order_id, position)", to = "(a, b)")])];
    let text = complaints(quote!(LineSerializer, fields(order)), &item);
    assert!(
        text[0].starts_with("the model has no field `order`"),
        "{text:?}"
    );
}

#[test]
fn mistakes_are_all_named() {
    let item = model();
    let table = [
        (
            quote!(LineSerializer),
            vec![
                "say which fields the serializer has: `fields = \"__all__\"`, `fields(id, name)` \
                 or `exclude(cost)`; a column that is added to the entity later would otherwise be \
                 public without anybody's decision",
            ],
        ),
        (
            quote!(fields(id)),
            vec![
                "expected the name of the serializer and which fields it has: \
                 `#[model_serializer(ProductSerializer, fields = \"__all__\")]`, \
                 `fields(id, name)` or `exclude(cost)`",
            ],
        ),
        (
            quote!(
                LineSerializer,
                exclude(colour),
                read_only(order_id),
                extra(id(label = "x"))
            ),
            vec![
                "the model has no field `colour`, expected one of `id`, `position`, `order`, \
                 `price`, `contact`, `parts`",
                "the foreign key `order_id` goes by the name of its relation: `order`",
            ],
        ),
        (
            quote!(
                LineSerializer,
                fields(id),
                extra(price(label = "x")),
                read_only(contact)
            ),
            vec![
                "`contact` is not one of the fields of `LineSerializer`",
                "`price` is not one of the fields of `LineSerializer`",
            ],
        ),
        (
            quote!(LineSerializer, fields(id), exclude(price)),
            vec!["either `fields` or `exclude`, once"],
        ),
        (
            quote!(LineSerializer, fields = "all", entity = Entity, read_only),
            vec![
                "expected `fields = \"__all__\"` or `fields(id, name)`",
                "the entity is the one that the attribute stands on",
                "expected fields of the model in parentheses",
            ],
        ),
    ];
    for (arguments, expected) in table {
        let story = arguments.to_string();
        assert_eq!(complaints(arguments, &item), expected, "{story}");
    }
    let other: ItemStruct = parse_quote!(
        struct Other {
            id: i32,
        }
    );
    assert_eq!(
        complaints(quote!(OtherSerializer, fields(id)), &other),
        [
            "`#[model_serializer(…)]` stands on the model of an entity, above `#[sea_orm::model]` \
             and the derive of `DeriveEntityModel`"
        ]
    );
    let below: ItemStruct = parse_quote! {
        #[derive(DeriveEntityModel)]
        #[sea_orm(model_ex)]
        struct Model { id: i32 }
    };
    assert_eq!(
        complaints(quote!(OtherSerializer, fields(id)), &below),
        [
            "put `#[model_serializer(…)]` above `#[sea_orm::model]`, which takes the relations \
          away"
        ]
    );
}

#[test]
fn attributes_stay_until_the_last_serializer_is_written() {
    let first = expand(
        quote!(LineSerializer, fields(id)),
        quote! {
            #[restflow::model_serializer(OtherSerializer, fields(id))]
            #[derive(DeriveEntityModel)]
            struct Model {
                #[validate(email)]
                #[serializer(label = "x")]
                id: String,
            }
        },
    );
    let item = |tokens: TokenStream| {
        let file: syn::File = syn::parse2(tokens).unwrap();
        file.items
            .into_iter()
            .next()
            .unwrap()
            .into_token_stream()
            .to_string()
    };
    let first = item(first.unwrap());
    assert!(
        first.contains("label") && first.contains("email"),
        "{first}"
    );
    let item = item(
        expand(
            quote!(LineSerializer, fields(id)),
            quote! {
                #[derive(DeriveEntityModel, validator::Validate)]
                struct Model {
                    #[validate(email)]
                    #[serializer(label = "x")]
                    id: String,
                }
            },
        )
        .unwrap(),
    );
    assert!(!item.contains("label") && item.contains("email"), "{item}");
}
