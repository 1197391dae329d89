//! What the recorded reference answered: queries with the number of rows, the
//! offset of the recorded page and its ids, and queries with their errors.

/// Query string, number of rows, offset, ids from there.
pub(super) type Answer = (&'static str, usize, usize, &'static [i32]);
/// Query string, JSON of the 400.
pub(super) type Refusal = (&'static str, &'static str);

#[rustfmt::skip]
pub(super) const LIST: &[Answer] = &[
    ("name=Whisk", 1, 0, &[27]),
    ("name=whisk", 0, 0, &[]),
    ("name=", 45, 0, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ("name=%20Whisk%20", 1, 0, &[27]),
    ("name=Kettle&name=Whisk", 1, 0, &[27]),
    ("name__icontains=BREAD", 2, 0, &[2, 32]),
    ("name__icontains=%C3%A9", 3, 0, &[3, 8, 18]),
    ("name__icontains=%25", 1, 0, &[34]),
    ("name__icontains=_", 1, 0, &[35]),
    ("name__icontains=%D0%BA%D0%BD%D0%B8", 0, 0, &[]),
    ("name__icontains=%C3%89T", 0, 0, &[]),
    ("name=%E6%97%A5%E6%9C%AC%E8%8C%B6%E7%A2%97", 1, 0, &[37]),
    ("name__icontains=%D0%9A%D0%BD%D0%B8", 1, 0, &[36]),
    ("name__startswith=%D0%9A", 1, 0, &[36]),
    ("name!=Whisk&page=5", 44, 40, &[42, 43, 44, 45]),
    ("name__icontains!=e", 13, 0, &[7, 8, 10, 11, 14, 24, 26, 27, 31, 33]),
    ("sku__exact=Aa-1037", 1, 0, &[1]),
    ("sku__in=Aa-1037,Bb-1074,zz", 2, 0, &[1, 2]),
    ("sku__in=Aa-1037&sku__in=Kc-1111", 2, 0, &[1, 3]),
    ("sku__iexact=aa-1037", 1, 0, &[1]),
    ("sku__startswith=AQ", 2, 0, &[16, 36]),
    ("sku__in!=Aa-1037,Bb-1074", 43, 0, &[3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    ("price=9.99", 9, 0, &[2, 3, 8, 17, 18, 23, 32, 33, 38]),
    ("price=100", 3, 0, &[5, 20, 35]),
    ("price=1e2", 3, 0, &[5, 20, 35]),
    ("price!=9.99", 36, 0, &[1, 4, 5, 6, 7, 9, 10, 11, 12, 13]),
    ("price__gte!=10", 21, 0, &[1, 2, 3, 6, 8, 12, 15, 16, 17, 18]),
    ("quantity=5", 12, 0, &[2, 3, 10, 11, 18, 19, 26, 27, 34, 35]),
    ("quantity=005", 12, 0, &[2, 3, 10, 11, 18, 19, 26, 27, 34, 35]),
    ("quantity=-1", 0, 0, &[]),
    ("quantity!=5", 33, 0, &[1, 4, 5, 6, 7, 8, 9, 12, 13, 14]),
    ("quantity__gt=12", 11, 0, &[5, 7, 13, 15, 21, 23, 29, 31, 37, 39]),
    ("quantity__gte=12", 17, 0, &[4, 5, 7, 12, 13, 15, 20, 21, 23, 28]),
    ("quantity__lt=1", 6, 0, &[1, 9, 17, 25, 33, 41]),
    ("quantity__lte=3", 11, 0, &[1, 6, 9, 14, 17, 22, 25, 30, 33, 38]),
    ("quantity=1.0", 0, 0, &[]),
    ("quantity__gt=", 45, 0, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ("rating__gte=4.5", 13, 0, &[2, 5, 9, 12, 16, 19, 23, 26, 30, 33]),
    ("rating=3", 13, 0, &[3, 6, 10, 13, 17, 20, 24, 27, 31, 34]),
    ("rating__lt=1", 6, 0, &[7, 14, 21, 28, 35, 42]),
    ("rating!=3", 32, 0, &[1, 2, 4, 5, 7, 8, 9, 11, 12, 14]),
    ("rating__gte!=3", 19, 0, &[1, 4, 7, 8, 11, 14, 15, 18, 21, 22]),
    ("status=draft", 12, 0, &[1, 5, 9, 13, 17, 21, 25, 29, 33, 37]),
    ("status=published&status=draft", 12, 0, &[1, 5, 9, 13, 17, 21, 25, 29, 33, 37]),
    ("status=", 45, 0, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ("released_on=2021-01-01", 1, 0, &[1]),
    ("released_on=2021-1-1", 1, 0, &[1]),
    ("released_on!=2021-01-01", 44, 0, &[2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    ("opening_time=07:15:00", 2, 0, &[2, 26]),
    ("opening_time__gte=20:00", 9, 0, &[8, 15, 17, 18, 29, 36, 39, 41, 42]),
    ("opening_time__lt=05:00", 5, 0, &[20, 21, 23, 44, 45]),
    ("opening_time__hour=23", 6, 0, &[8, 15, 18, 29, 36, 42]),
    ("created_at__gte=2024-11-01T00:00:00Z", 4, 0, &[42, 43, 44, 45]),
    ("created_at__lt=2023-11-20T00:00:00", 2, 0, &[1, 2]),
    ("created_at__gt=2024-11-01T00:00:00%2B02:00", 4, 0, &[42, 43, 44, 45]),
    ("created_at=2023-11-05T08:30:00Z", 1, 0, &[1]),
    ("created_at=2023-11-05T10:30:00%2B02:00", 1, 0, &[1]),
    ("created_at=2023-11-05", 0, 0, &[]),
    ("created_at__year=2023", 7, 0, &[1, 2, 3, 4, 5, 6, 7]),
    ("created_at__month=2", 3, 0, &[11, 12, 13]),
    ("created_at__day=5", 1, 0, &[1]),
    ("created_at__date=2023-11-05", 1, 0, &[1]),
    ("tags=1", 3, 0, &[13, 25, 37]),
    ("tags=1,2", 10, 0, &[2, 8, 13, 14, 20, 25, 32, 37, 38, 44]),
    ("tags=1&tags=2", 10, 0, &[2, 8, 13, 14, 20, 25, 32, 37, 38, 44]),
    ("tags=999", 0, 0, &[]),
    ("tags=", 0, 0, &[]),
    ("sku__in=", 0, 0, &[]),
    ("price__range=10,20&tags=", 0, 0, &[]),
    ("tags!=1,2,3,4,5,6", 17, 0, &[1, 6, 7, 9, 11, 16, 19, 21, 23, 26]),
    ("category__slug=books", 9, 0, &[1, 6, 11, 16, 21, 26, 31, 36, 41]),
    ("category__name=Garden", 9, 0, &[5, 10, 15, 20, 25, 30, 35, 40, 45]),
    ("category__name__icontains=E", 36, 0, &[2, 3, 4, 5, 7, 8, 9, 10, 12, 13]),
    ("category__slug__in=books,garden", 18, 0, &[1, 5, 6, 10, 11, 15, 16, 20, 21, 25]),
    ("category__slug!=books", 36, 0, &[2, 3, 4, 5, 7, 8, 9, 10, 12, 13]),
    ("cheaper_than=3.2", 9, 0, &[1, 12, 15, 16, 27, 30, 31, 42, 45]),
    ("cheaper_than!=3.2", 45, 0, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ("text=bread", 11, 0, &[2, 3, 8, 13, 18, 23, 28, 32, 33, 38]),
    ("text!=bread", 34, 0, &[1, 4, 5, 6, 7, 9, 10, 11, 12, 14]),
    ("reviewed=true", 18, 0, &[1, 2, 3, 5, 8, 10, 11, 12, 13, 14]),
    ("reviewed=false", 27, 0, &[4, 6, 7, 9, 22, 23, 24, 25, 26, 27]),
    ("in_stock=true&status=published&price__lt=50", 9, 0, &[2, 11, 14, 19, 23, 26, 31, 34, 38]),
    ("category__slug=books&in_stock!=true&quantity__gte=5", 2, 0, &[21, 36]),
    ("order_by=price", 45, 0, &[1, 16, 12, 27, 42, 31, 15, 30, 45, 6]),
    ("order_by=-price", 45, 0, &[40, 7, 22, 37, 10, 25, 5, 20, 35, 13]),
    ("order_by=name", 45, 0, &[1, 33, 2, 3, 4, 5, 35, 6, 7, 9]),
    ("order_by=", 45, 0, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ("order_by=-price&in_stock=true&page=2", 30, 10, &[28, 43, 4, 14, 19, 29, 34, 44, 11, 26]),
    ("search=Reader's", 1, 0, &[21]),
    ("search=5%22", 1, 0, &[33]),
    ("search=d'hiver", 1, 0, &[13]),
];

#[rustfmt::skip]
pub(super) const LIST_ERRORS: &[Refusal] = &[
    ("price=9.990", r##"{"price":["Ensure that there are no more than 2 decimal places."]}"##),
    ("price=abc", r##"{"price":["A valid number is required."]}"##),
    ("price__gte=1,5", r##"{"price__gte":["A valid number is required."]}"##),
    ("price=1.234", r##"{"price":["Ensure that there are no more than 2 decimal places."]}"##),
    ("price__lt=99999999999", r##"{"price__lt":["Ensure that there are no more than 10 digits in total."]}"##),
    ("price__range=1,x", r##"{"price__range":{"1":["A valid number is required."]}}"##),
    ("price=NaN", r##"{"price":["A valid number is required."]}"##),
    ("quantity=abc", r##"{"quantity":["A valid integer is required."]}"##),
    ("quantity=1.5", r##"{"quantity":["A valid integer is required."]}"##),
    ("rating=abc", r##"{"rating":["A valid number is required."]}"##),
    ("status=DRAFT", r##"{"status":["\"DRAFT\" is not a valid choice."]}"##),
    ("released_on=01/01/2021", r##"{"released_on":["Date has wrong format. Use one of these formats instead: YYYY-MM-DD."]}"##),
    ("opening_time=25:00", r##"{"opening_time":["Time has wrong format. Use one of these formats instead: hh:mm[:ss[.uuuuuu]]."]}"##),
    ("created_at__gte=yesterday", r##"{"created_at__gte":["Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."]}"##),
    ("created_at__date=x", r##"{"created_at__date":["Date has wrong format. Use one of these formats instead: YYYY-MM-DD."]}"##),
    ("tags=1,x", r##"{"tags":{"1":["A valid integer is required."]}}"##),
    ("order_by=status,price", r##"{"order_by":["\"status\" is not a valid choice."]}"##),
    ("order_by=nope", r##"{"order_by":["\"nope\" is not a valid choice."]}"##),
    ("order_by=price,nope", r##"{"order_by":["\"nope\" is not a valid choice."]}"##),
    ("order_by=--price", r##"{"order_by":["\"--price\" is not a valid choice."]}"##),
];

#[rustfmt::skip]
pub(super) const API: &[Answer] = &[
    ("search=bread%20knife&page_size=50", 1, 0, &[2]),
    ("search=knife,bread&page_size=50", 1, 0, &[2]),
    ("search=bread%20garden&page_size=50", 0, 0, &[]),
    ("search=Aa-1&page_size=50", 1, 0, &[1]),
    ("search=aa-&page_size=50", 2, 0, &[1, 41]),
    ("search=-1037&page_size=50", 0, 0, &[]),
    ("search=p-02&page_size=50", 1, 0, &[2]),
    ("search=P-02&page_size=50", 1, 0, &[2]),
    ("search=special&page_size=50", 0, 0, &[]),
    ("search=kitchen&page_size=50", 8, 0, &[2, 12, 17, 22, 27, 32, 37, 42]),
    ("search=eco&page_size=50", 4, 0, &[3, 15, 27, 39]),
    ("search=caf%C3%A9&page_size=50", 7, 0, &[2, 8, 14, 20, 32, 38, 44]),
    ("search=e&page_size=50", 38, 0, &[1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 23, 24, 25, 27, 28, 29, 30, 32, 34, 35, 37, 38, 39, 40, 41, 42, 43, 44, 45]),
    ("search=100%25&page_size=50", 1, 0, &[34]),
    ("search=_&page_size=50", 1, 0, &[35]),
    ("search=5%22&page_size=50", 0, 0, &[]),
    ("search=Reader's&page_size=50", 0, 0, &[]),
    ("search=%5C&page_size=50", 0, 0, &[]),
    ("search=%E6%97%A5%E6%9C%AC&page_size=50", 1, 0, &[37]),
    ("search=%C3%A9t%C3%A9&page_size=50", 8, 0, &[3, 8, 13, 18, 23, 28, 38, 43]),
    ("search=%D0%9A%D0%BD&page_size=50", 1, 0, &[36]),
    ("ordering=price,-id&page_size=50", 42, 0, &[16, 1, 42, 27, 12, 31, 45, 30, 15, 36, 6, 38, 32, 23, 18, 17, 8, 3, 2, 41, 26, 11, 44, 34, 29, 19, 14, 4, 39, 24, 9, 43, 28, 13, 35, 20, 5, 25, 10, 37, 22, 40]),
    ("ordering=-quantity,name&page_size=50", 42, 0, &[15, 23, 39, 31, 5, 13, 45, 29, 37, 4, 12, 44, 20, 28, 36, 8, 16, 24, 40, 32, 2, 3, 35, 10, 11, 42, 19, 43, 18, 27, 26, 34, 6, 38, 14, 22, 30, 1, 9, 17, 41, 25]),
    ("ordering=price%2C%20-id&page_size=50", 42, 0, &[16, 1, 42, 27, 12, 31, 45, 30, 15, 36, 6, 38, 32, 23, 18, 17, 8, 3, 2, 41, 26, 11, 44, 34, 29, 19, 14, 4, 39, 24, 9, 43, 28, 13, 35, 20, 5, 25, 10, 37, 22, 40]),
    ("ordering=price&ordering=-id&page_size=50", 42, 0, &[45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 6, 5, 4, 3, 2, 1]),
];

#[rustfmt::skip]
pub(super) const API_ERRORS: &[Refusal] = &[
    ("search=a%00b&page_size=50", r##"["Null characters are not allowed."]"##),
];

#[rustfmt::skip]
pub(super) const ANNOTATED: &[Answer] = &[
    ("name=Whisk&quantity=3", 6, 0, &[6, 14, 22, 27, 30, 38]),
    ("quantity=3", 5, 0, &[6, 14, 22, 30, 38]),
    ("in_stock=true&status=draft", 34, 0, &[1, 2, 4, 5, 7, 8, 9, 10, 11, 13, 14, 16, 17, 19, 20, 21, 22, 23, 25, 26, 28, 29, 31, 32, 33, 34, 35, 37, 38, 40, 41, 43, 44, 45]),
    ("price__gte=100", 9, 0, &[5, 7, 10, 20, 22, 25, 35, 37, 40]),
    ("price__lte=1", 6, 0, &[1, 12, 16, 27, 31, 42]),
    ("price__gte=100&price__lte=1", 15, 0, &[1, 5, 7, 10, 12, 16, 20, 22, 25, 27, 31, 35, 37, 40, 42]),
    ("id=1,3,5", 3, 0, &[1, 3, 5]),
    ("id=1&id=3", 2, 0, &[1, 3]),
    ("id!=1,3", 43, 0, &[2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45]),
];

#[rustfmt::skip]
pub(super) const ANNOTATED_ERRORS: &[Refusal] = &[
    ("id=x", r##"{"id":{"0":["A valid integer is required."]}}"##),
];

#[rustfmt::skip]
pub(super) const XOR: &[Answer] = &[
    ("in_stock=true&status=draft", 26, 0, &[2, 4, 7, 8, 9, 10, 11, 14, 16, 19, 20, 21, 22, 23, 26, 28, 31, 32, 33, 34, 35, 38, 40, 43, 44, 45]),
    ("in_stock=true", 30, 0, &[1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17, 19, 20, 22, 23, 25, 26, 28, 29, 31, 32, 34, 35, 37, 38, 40, 41, 43, 44]),
    ("in_stock=true&status=draft&quantity__gte=12", 25, 0, &[2, 5, 8, 9, 10, 11, 12, 13, 14, 15, 16, 19, 22, 26, 29, 32, 33, 34, 35, 36, 37, 38, 39, 40, 43]),
];

#[rustfmt::skip]
pub(super) const MODEL: &[Answer] = &[
    ("price_min=10&price_max=20", 9, 0, &[4, 11, 14, 19, 26, 29, 34, 41, 44]),
    ("name_icontains=bread", 2, 0, &[2, 32]),
    ("released_on_from=2024-01-01", 0, 0, &[]),
    ("released_on_year=2023", 10, 0, &[3, 11, 15, 19, 23, 27, 31, 35, 39, 43]),
    ("price__max=5", 39, 0, &[1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 34, 35, 36, 38, 39, 41, 42, 43, 44, 45]),
    ("status=draft", 9, 0, &[1, 5, 9, 13, 17, 25, 29, 41, 45]),
    ("category=1", 8, 0, &[1, 6, 11, 16, 26, 31, 36, 41]),
    ("category=99", 0, 0, &[]),
    ("owner=2", 10, 0, &[2, 6, 10, 14, 18, 26, 30, 34, 38, 42]),
    ("owner!=2", 29, 0, &[1, 3, 4, 5, 8, 9, 11, 12, 13, 15, 16, 17, 19, 20, 23, 24, 25, 27, 28, 29, 31, 32, 35, 36, 39, 41, 43, 44, 45]),
    ("rating=3", 13, 0, &[3, 6, 10, 13, 17, 20, 24, 27, 31, 34, 38, 41, 45]),
];

#[rustfmt::skip]
pub(super) const MODEL_ERRORS: &[Refusal] = &[
    ("status=nope", r##"{"status":["\"nope\" is not a valid choice."]}"##),
];

#[rustfmt::skip]
pub(super) const RELATED: &[Answer] = &[
    ("owner__username=alice", 11, 0, &[2, 6, 10, 14, 18, 22, 26, 30, 34, 38, 42]),
    ("owner__username=alice&category__slug=books", 2, 0, &[6, 26]),
    ("owner__username=alice&category__id=2", 3, 0, &[2, 22, 42]),
    ("owner__username=alice&status!=draft", 11, 0, &[2, 6, 10, 14, 18, 22, 26, 30, 34, 38, 42]),
    ("owner__username=alice&category__slug!=books", 9, 0, &[2, 10, 14, 18, 22, 30, 34, 38, 42]),
];

#[rustfmt::skip]
pub(super) const RELATED_ERRORS: &[Refusal] = &[
    ("", r##"{"owner__username":["This field is required."]}"##),
    ("category__slug=books", r##"{"owner__username":["This field is required."]}"##),
    ("owner__username=", r##"{"owner__username":["This field may not be blank."]}"##),
    ("owner__username!=alice", r##"{"owner__username":["This field is required."]}"##),
];

#[rustfmt::skip]
pub(super) const SEARCH_ALL: &[Answer] = &[
    ("search=^AQ", 2, 0, &[36, 16]),
    ("search=-1(037|111)$", 2, 0, &[3, 1]),
    ("ordering=rating,id", 45, 0, &[1, 8, 15, 22, 29, 36, 43, 7, 14, 21, 28, 35, 42, 4, 11, 18, 25, 32, 39, 3, 6, 10, 13, 17, 20, 24, 27, 31, 34, 38, 41, 45, 2, 9, 16, 23, 30, 37, 44, 5, 12, 19, 26, 33, 40]),
    ("ordering=-rating,id", 45, 0, &[5, 12, 19, 26, 33, 40, 2, 9, 16, 23, 30, 37, 44, 3, 6, 10, 13, 17, 20, 24, 27, 31, 34, 38, 41, 45, 4, 11, 18, 25, 32, 39, 7, 14, 21, 28, 35, 42, 1, 8, 15, 22, 29, 36, 43]),
];
