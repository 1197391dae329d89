//! The order of lists that no paginator cuts, asserted as text.

use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select, Values,
};

use super::shop::product::{Column, Entity};
use crate::total_order;

fn ordering(select: Select<Entity>) -> String {
    let sql = total_order(select, DbBackend::Postgres).build(DbBackend::Postgres);
    let sql = sql.to_string();
    let ordering = sql.split_once(" ORDER BY ");
    ordering.map_or(String::new(), |(_, ordering)| ordering.to_owned())
}

#[test]
fn the_key_ends_the_order_of_a_list() {
    let find = Entity::find;
    assert_eq!(ordering(find()), r#""product"."id" ASC"#);
    let priced = find().filter(Column::Id.gt(3)).order_by_desc(Column::Price);
    assert_eq!(
        ordering(priced),
        r#""product"."price" DESC, "product"."id" ASC"#
    );
    let keyed = find().order_by_desc(Column::Id);
    assert_eq!(ordering(keyed), r#""product"."id" DESC"#);
    let computed = find().order_by_asc(Column::Id.into_expr().modulo(2).max());
    assert_eq!(
        ordering(computed),
        r#"MAX("product"."id" % 2) ASC, "product"."id" ASC"#
    );
    let compared = find().order_by_desc(Column::Id.eq(5));
    assert_eq!(
        ordering(compared),
        r#""product"."id" = 5 DESC, "product"."id" ASC"#
    );
    let listed = find().order_by(Column::Id, Order::Field(Values(vec![7.into()])));
    assert_eq!(
        ordering(listed),
        r#"CASE WHEN "product"."id"=7 THEN 0 ELSE 1 END, "product"."id" ASC"#
    );
    let first = find().order_by_asc(Column::Price).limit(5);
    assert_eq!(
        ordering(first),
        r#""product"."price" ASC, "product"."id" ASC LIMIT 5"#
    );
    assert_eq!(ordering(find().distinct()), "");
}
