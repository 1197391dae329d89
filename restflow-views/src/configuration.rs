//! What is refused when a view is put on a path, because it could only fail at a request.

use std::any::type_name;

use restflow_fields::{FieldInfo, FieldKind};
use restflow_serializers::SerializerClass;

use crate::{Binding, GenericDescription, MountPoint, OperationShape, ParentScope, ViewState};

/// The actions of the model mixins.
const DEFAULT_ACTIONS: &[&str] = &[
    "list",
    "create",
    "retrieve",
    "update",
    "partial_update",
    "destroy",
];

/// Stops the start of the program with a message for the developer.
///
/// # Panics
///
/// When the configuration of this method cannot work.
pub(crate) fn check_configuration<V>(binding: &Binding<V>, state: &ViewState, mount: &MountPoint) {
    let method = CheckedMethod {
        binding,
        state,
        mount,
        place: format!(
            "`{}` of `{}` at `{}`",
            binding.action.unwrap_or(binding.method.as_str()),
            type_name::<V>(),
            mount.pattern
        ),
    };
    method.check_renderers();
    method.check_throttles();
    method.check_serializers();
    method.check_relations();
    method.check_parent();
    method.check_field_of_parent();
    match &state.generic {
        Some(generic) => {
            method.check_object_permissions(generic);
            if method.is_default() {
                method.check_response_serializer(generic);
                method.check_request_serializer(generic);
                method.check_columns();
            }
        }
        None => method.check_serializer_is_known(),
    }
}

/// One method of a path, and how to name it in a message.
struct CheckedMethod<'a, V> {
    binding: &'a Binding<V>,
    state: &'a ViewState,
    mount: &'a MountPoint,
    place: String,
}

impl<V> CheckedMethod<'_, V> {
    fn check_renderers(&self) {
        if let Some(renderers) = &self.binding.overrides.renderers {
            renderers.check(&self.place);
        }
    }

    fn check_throttles(&self) {
        let throttles = self.binding.overrides.throttles.as_ref();
        let throttles = throttles.unwrap_or(&self.state.throttles);
        if let Some(problem) = throttles.misconfigured(self.state) {
            panic!("{}: {problem}", self.place);
        }
    }

    fn check_serializers(&self) {
        let classes = [self.request_serializer(), self.response_serializer()];
        for class in classes.into_iter().flatten() {
            if let Some(problem) = class.misconfigured() {
                panic!(
                    "{} has the serializer `{}`: {problem}",
                    self.place,
                    class.type_name()
                );
            }
        }
    }

    fn is_default(&self) -> bool {
        self.binding
            .action
            .is_none_or(|action| DEFAULT_ACTIONS.contains(&action))
    }

    fn shows_rows(&self) -> bool {
        matches!(
            self.binding.shape,
            OperationShape::List
                | OperationShape::Create
                | OperationShape::Retrieve
                | OperationShape::Update
                | OperationShape::PartialUpdate
        )
    }

    fn reads_rows(&self) -> bool {
        matches!(
            self.binding.shape,
            OperationShape::Create | OperationShape::Update | OperationShape::PartialUpdate
        )
    }

    fn response_serializer(&self) -> Option<SerializerClass> {
        let overrides = &self.binding.overrides;
        overrides
            .response_serializer
            .or(self.state.response_serializer)
            .or(overrides.serializer)
            .or(self.state.serializer)
    }

    fn request_serializer(&self) -> Option<SerializerClass> {
        let overrides = &self.binding.overrides;
        overrides
            .request_serializer
            .or(self.state.request_serializer)
            .or(overrides.serializer)
            .or(self.state.serializer)
    }

    fn check_object_permissions(&self, generic: &GenericDescription) {
        let permissions = self.binding.overrides.permissions.as_ref();
        let permissions = permissions.unwrap_or(&self.state.permissions);
        if let Some((permission, object)) = permissions.misfit(generic.model) {
            panic!(
                "{} has the object permission `{permission}`, which is about `{object}`, another \
                 type than the rows of the view: it would never be asked",
                self.place
            );
        }
    }

    fn check_response_serializer(&self, generic: &GenericDescription) {
        let class = self.response_serializer().filter(|_| self.shows_rows());
        if let Some(class) = class
            && entity(class) != entity(generic.serializer)
        {
            panic!(
                "{} answers with `{}`, which is not a serializer of the view's entity `{}`: name \
                 one in `response_serializer`, or answer it from an action of your own",
                self.place,
                class.type_name(),
                generic.table,
            );
        }
    }

    /// A serializer without an entity is fine: it brings its data and sets no column.
    fn check_request_serializer(&self, generic: &GenericDescription) {
        let class = self.request_serializer().filter(|_| self.reads_rows());
        if let Some(class) = class
            && class.entity().is_some()
            && entity(class) != entity(generic.serializer)
        {
            panic!(
                "{} reads bodies with `{}`, which is a serializer of another entity than the \
                 view's `{}`: name one of this entity, or one without an entity, in \
                 `request_serializer`, or read it in an action of your own",
                self.place,
                class.type_name(),
                generic.table,
            );
        }
    }

    /// Where nothing but the fields of the serializer is saved, they fill what a new row needs, and
    /// those of its nested serializers what is created with it.
    fn check_columns(&self) {
        if !self.binding.saves_fields_only {
            return;
        }
        let Some(class) = self.request_serializer() else {
            return;
        };
        let parents = self.mount.parents.as_ref();
        let filled = parents.and_then(ParentScope::filled_column);
        let mut missing = class.missing_columns();
        missing.retain(|column| Some(column.as_str()) != filled);
        if !missing.is_empty() {
            panic!(
                "{} inserts what `{}` reads, but no field of it is a value for {columns}. There \
                 are four ways to supply it: declare the field; make it `#[serializer(hidden, \
                 default = …)]`, or `default_with = …` for the user of the request; take \
                 `CreateModelMixin` out of what is derived (`#[overrides(CreateModelMixin)]`) and \
                 set the column in a `perform_create` of your own; or, where `ActiveModelBehavior`, \
                 the database or an override of `validated` fills it, say so on the serializer: \
                 `#[serializer(supplied({columns}))]`. Where `get_request_serializer_class` or \
                 `get_serializer_class` creates with another serializer, name that in \
                 `request_serializer_class` or in the ActionConfig of `create`",
                self.place,
                class.type_name(),
                columns = missing.join(", "),
            );
        }
        if let Some(missing) = class.missing_nested_columns() {
            panic!(
                "{} inserts the rows of `{field}` that `{serializer}` reads, but no field of it is \
                 a value for {columns}. There are four ways to supply it: declare the field; make \
                 it `#[serializer(hidden, default = …)]`, or `default_with = …` for the user of \
                 the request; where `ActiveModelBehavior`, the database or an override of \
                 `validated` fills it, say so on `{serializer}`: \
                 `#[serializer(supplied({columns}))]`; or, where the rows exist already, write \
                 `nested(write = \"link\")`",
                self.place,
                field = missing.field,
                serializer = missing.serializer,
                columns = missing.columns.join(", "),
            );
        }
    }

    /// A row that is created under a parent belongs to it.
    fn check_parent(&self) {
        if self.binding.shape == OperationShape::Create
            && self.binding.saves_fields_only
            && let Some(parents) = &self.mount.parents
            && parents.filled_column().is_none()
        {
            panic!(
                "{} would create rows that do not belong to the parent of the path, for the \
                 relation to it is no foreign key of the child: take `CreateModelMixin` out of \
                 what is derived (`#[overrides(CreateModelMixin)]`) and write the relation in a \
                 `perform_create` of your own, or register the viewset that creates them elsewhere",
                self.place,
            );
        }
    }

    /// The key of the parent can stand in a field for it.
    fn check_field_of_parent(&self) {
        let Some(parents) = self.mount.parents.as_ref().filter(|_| self.reads_rows()) else {
            return;
        };
        let (Some(class), Some(column)) = (self.request_serializer(), parents.filled_column())
        else {
            return;
        };
        let writable = class.writable_fields(column);
        let fields = class.fields().into_iter();
        let mut fields = fields.filter(|info| writable.iter().any(|field| field.name == info.name));
        let kind = parents.filled_kind();
        let takes_key = |info: &FieldInfo| match &info.child {
            Some(child) if info.kind == FieldKind::Related => Some(child.kind) == kind,
            _ => Some(info.kind) == kind,
        };
        let translates = class.translates(column);
        if let Some(info) = fields.find(|info| translates || !takes_key(info)) {
            panic!(
                "{} reads the field `{}` of `{}` for the column `{column}`, which the parent of the \
                 path fills, and the field takes no plain key of it (a whole number, a text or a \
                 UUID) that could stand for what the client sends: make the field `read_only`",
                self.place,
                info.name,
                class.type_name(),
            );
        }
    }

    /// The nested rows of a serializer are those that its columns refer to.
    fn check_relations(&self) {
        let classes = [self.request_serializer(), self.response_serializer()];
        for class in classes.into_iter().flatten() {
            if let Some(problem) = class.unrelated() {
                panic!("{}: {problem}", self.place);
            }
        }
    }

    /// A view without an entity whose document would say that it answers rows, and not which.
    fn check_serializer_is_known(&self) {
        if self.shows_rows() && self.response_serializer().is_none() {
            panic!(
                "{} is declared to answer rows, but no serializer of them is known. There are \
                 three ways to supply it: implement `serializer_class` (or \
                 `response_serializer_class`) of the view; name one in the ActionConfig of the \
                 action or in its `#[action(serializer = …)]`; or, where it depends on the \
                 request, override `get_serializer_class` and drop what declares the rows (`list` \
                 in `#[action]`)",
                self.place,
            );
        }
    }
}

fn entity(class: SerializerClass) -> Option<std::any::TypeId> {
    class.entity().map(|(id, _)| id)
}
