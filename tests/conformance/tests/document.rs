//! The OpenAPI document of the shop against its routes, and against what the shop answers to the
//! whole corpus. What the document cannot say is listed in `undocumented.json` by method, path and
//! status, each with its reason; the list may only shrink.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod support;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
};

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use percent_encoding::percent_decode_str;
use restflow::{
    prelude::{Database, OpenApiService},
    routers::RouteTable,
};
use restflow_conformance::{Body, Exchange, Shop, load_cases};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value, json};
use support::{package, play_all};

const METHODS: &[&str] = &["get", "post", "put", "patch", "delete"];

/// The parts of the document that are looked at.
#[derive(Deserialize)]
struct Document {
    #[serde(deserialize_with = "with_duplicates")]
    paths: Vec<(String, PathItem)>,
    components: Value,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct PathItem(#[serde(deserialize_with = "with_duplicates")] Vec<(String, Value)>);

/// An object as the text has it, with keys that come twice.
fn with_duplicates<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<(String, T)>, D::Error> {
    struct Pairs<T>(std::marker::PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
        type Value = Vec<(String, T)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = map.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }
    }

    deserializer.deserialize_map(Pairs(std::marker::PhantomData))
}

impl Document {
    async fn of_the_shop() -> Self {
        let db = Database::connect("sqlite::memory:").await.unwrap();
        let api = OpenApiService::new(restflow::api::<Shop>(db), "Shop", "1.0");
        serde_json::from_str(&api.spec()).unwrap()
    }

    /// Each operation with its path and its method.
    fn operations(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        self.paths.iter().flat_map(|(path, PathItem(item))| {
            let methods = item
                .iter()
                .filter(|(key, _)| METHODS.contains(&key.as_str()));
            methods.map(|(method, operation)| (path.as_str(), method.as_str(), operation))
        })
    }

    fn operation(&self, path: &str, method: &str) -> Option<&Value> {
        let mut operations = self.operations();
        operations.find_map(|(known, verb, operation)| {
            (known == path && verb == method).then_some(operation)
        })
    }
}

#[tokio::test]
async fn each_routed_method_is_one_operation_and_nothing_else_is() {
    let document = Document::of_the_shop().await;
    let table = RouteTable::of::<Shop>();
    let mut routed: Vec<(String, String)> = Vec::new();
    for row in table.rows() {
        let methods = row.methods.split(", ").map(str::to_lowercase);
        let documented = methods.filter(|method| METHODS.contains(&method.as_str()));
        routed.extend(documented.map(|method| (row.path.clone(), method)));
    }
    routed.sort();
    let mut described: Vec<_> = document
        .operations()
        .map(|(path, method, _)| (path.to_owned(), method.to_owned()))
        .collect();
    described.sort();
    assert!(routed.len() > 100, "{routed:?}");
    assert_eq!(described, routed);

    let ids: Vec<_> = document
        .operations()
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap())
        .collect();
    let unique: BTreeSet<_> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "an operation id comes twice");
    let paths: BTreeSet<_> = document.paths.iter().map(|(path, _)| path).collect();
    assert_eq!(paths.len(), document.paths.len(), "a path comes twice");
}

/// A value for a path parameter that its schema allows.
fn sample(parameter: &Value) -> String {
    let schema = &parameter["schema"];
    let pattern = schema["pattern"]
        .as_str()
        .map(|pattern| regex::Regex::new(pattern).unwrap());
    let uuid = "6f8f57f7-0b4f-4d0f-8f1c-0f2f6f0f6f0f";
    let candidates = match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("integer"), _) => vec!["7"],
        (_, Some("uuid")) => vec![uuid],
        _ => vec!["x", "7", "abc", "2024", "json"],
    };
    let fits = |text: &&str| {
        pattern
            .as_ref()
            .is_none_or(|pattern| pattern.is_match(text))
    };
    let found = candidates.into_iter().find(fits);
    found
        .unwrap_or_else(|| panic!("no value for {parameter}"))
        .to_owned()
}

#[tokio::test]
async fn each_operation_leads_to_its_route() {
    let document = Document::of_the_shop().await;
    let table = RouteTable::of::<Shop>();
    for (path, method, operation) in document.operations() {
        let mut filled = path.to_owned();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] == "path" {
                assert_eq!(parameter["required"], true, "{method} {path}");
                let name = format!("{{{}}}", parameter["name"].as_str().unwrap());
                assert!(filled.contains(&name), "{method} {path} has no {name}");
                filled = filled.replace(&name, &sample(parameter));
            }
        }
        let found = table.resolve(&filled).map(|found| found.pattern);
        assert_eq!(found, Some(path), "{method} {filled}");
    }
}

/// OpenAPI 3.0's `nullable` in the words of JSON Schema.
fn translated(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(translated).collect(),
        Value::Object(object) => {
            let mut object: Map<_, _> = object
                .iter()
                .map(|(key, value)| (key.clone(), translated(value)))
                .collect();
            match object.remove("nullable") {
                Some(Value::Bool(true)) => json!({"anyOf": [object, {"type": "null"}]}),
                Some(Value::Bool(false)) | None => Value::Object(object),
                // A property of this name.
                Some(other) => {
                    object.insert("nullable".to_owned(), other);
                    Value::Object(object)
                }
            }
        }
        other => other.clone(),
    }
}

/// The schemas of the document, compiled when they are first asked for.
struct Validator {
    components: Value,
    compiled: RefCell<(Schemas, BTreeMap<String, SchemaIndex>)>,
}

impl Validator {
    fn new(components: &Value) -> Self {
        Self {
            components: translated(components),
            compiled: RefCell::new((Schemas::new(), BTreeMap::new())),
        }
    }

    fn check(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let (schemas, known) = &mut *self.compiled.borrow_mut();
        let key = schema.to_string();
        let index = known.get(&key).copied().unwrap_or_else(|| {
            let url = format!("http://shop.test/{}.json", known.len());
            let mut compiler = Compiler::new();
            compiler.set_default_draft(Draft::V4);
            compiler.enable_format_assertions();
            let whole = json!({"components": self.components, "schema": translated(schema)});
            compiler.add_resource(&url, whole).unwrap();
            let index = compiler
                .compile(&format!("{url}#/schema"), schemas)
                .unwrap();
            known.insert(key, index);
            index
        });
        let outcome = schemas.validate(value, index);
        outcome.map_err(|error| format!("{error:#}").replace('\n', " "))
    }
}

/// What the document should have said of an answer and did not: method, path and status, and what
/// is wrong.
fn undocumented(
    document: &Document,
    validator: &Validator,
    exchange: &Exchange,
) -> Option<(String, String)> {
    let Exchange {
        method,
        path,
        answer,
    } = exchange;
    let status = answer.status;
    let decoded = percent_decode_str(path).decode_utf8().ok();
    let table = RouteTable::of::<Shop>();
    let Some(found) = decoded.and_then(|path| Some(table.resolve(&path)?.pattern)) else {
        // A path that the document does not have either.
        let known = [301, 404].contains(&status);
        return (!known).then(|| (format!("{method} {path} {status}"), "no route".to_owned()));
    };
    let is_head = method == "HEAD";
    let verb = if is_head { "GET" } else { method.as_str() };
    if verb == "OPTIONS" {
        // What a client asks instead of reading the document.
        return None;
    }
    let at = format!("{verb} {found} {status}");
    let Some(operation) = document.operation(found, &verb.to_lowercase()) else {
        // Before the method is refused, something may be wrong with who asks.
        let known = [401, 403, 405, 406, 429].contains(&status);
        return (!known).then(|| (at, "no operation".to_owned()));
    };
    let response = &operation["responses"][status.to_string()];
    if response.is_null() {
        return Some((at, "no such response".to_owned()));
    }
    let no_content = Map::new();
    let content = response["content"].as_object().unwrap_or(&no_content);
    let Some(kind) = answer.headers.get("content-type") else {
        return (!content.is_empty()).then(|| (at, "has no content type".to_owned()));
    };
    let essence = |kind: &str| kind.split(';').next().unwrap_or_default().trim().to_owned();
    let kind = essence(kind);
    let Some((_, described)) = content.iter().find(|(known, _)| essence(known) == kind) else {
        return Some((at, format!("no content of {kind}")));
    };
    match answer.parsed() {
        Body::Json(body) if !is_head => {
            let error = validator.check(&described["schema"], &body).err()?;
            Some((at, error))
        }
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_describes_what_the_shop_answers() {
    let document = Document::of_the_shop().await;
    let validator = Validator::new(&document.components);
    let cases = load_cases(&package().join("cases")).unwrap();
    let outcomes = play_all(&cases).await;
    let mut listed: BTreeMap<String, String> =
        serde_json::from_slice(&fs::read(package().join("undocumented.json")).unwrap()).unwrap();
    let mut checked = 0;
    let mut problems = BTreeMap::<String, BTreeSet<String>>::new();
    for (id, (_, outcome)) in &outcomes {
        for exchange in &outcome.exchanges {
            checked += 1;
            if let Some((at, problem)) = undocumented(&document, &validator, exchange) {
                let problem = format!("{problem} ({id})");
                problems.entry(at).or_default().insert(problem);
            }
        }
    }
    assert!(checked > 1000, "only {checked} answers");
    problems.retain(|at, _| listed.remove(at).is_none());
    for (at, problems) in &problems {
        for problem in problems {
            println!("{at}: {problem}");
        }
    }
    let unlisted: Vec<_> = problems.keys().collect();
    assert!(
        unlisted.is_empty() && listed.is_empty(),
        "\nanswers that the document does not describe: {unlisted:#?}\n\
         described, but listed in undocumented.json: {listed:#?}"
    );
}
