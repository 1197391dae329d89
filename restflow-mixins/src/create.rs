use http::{HeaderMap, HeaderValue, StatusCode, header::LOCATION};
use restflow_views::{
    ApiViewExt, Body, GenericView, GenericViewExt, Instance, Request, Response, Result, Validated,
};

/// Gives a view the action `create`.
///
/// DRF: `rest_framework.mixins.CreateModelMixin`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no action `create`",
    note = "add `CreateModelMixin` to its derive list, or write `impl CreateModelMixin for {Self} {{}}` to override its hooks"
)]
pub trait CreateModelMixin: GenericView {
    /// Whether nothing but the fields of the serializer is saved, because no hook is overridden.
    /// The derive says so, and then a column that no field fills is refused when the view is put
    /// on a path. By hand it stays false: `perform_create` may set what it wants.
    #[doc(hidden)]
    const SAVES_FIELDS_ONLY: bool = false;

    /// Validates the body, saves, and answers 201 with the new row.
    ///
    /// Override [`perform_create`](Self::perform_create) for side effects rather than this.
    ///
    /// Default: [`defaults::create`](crate::defaults::create).
    fn create(&self, request: &Request) -> impl Future<Output = Result<Response>> + Send {
        create(self, request)
    }

    /// Stores the new row. Overridden to set columns that the client must not, and for what else
    /// has to happen: `serializer.set(product::Column::OwnerId, …).save(request).await`.
    ///
    /// Default: [`defaults::perform_create`](crate::defaults::perform_create).
    fn perform_create(
        &self,
        request: &Request,
        serializer: Validated<Self>,
    ) -> impl Future<Output = Result<Instance<Self>>> + Send {
        perform_create(self, request, serializer)
    }

    /// The headers of the 201: `Location` when the response serializer has a field `url`.
    /// Overridden for the URL of an object that does not show it, made of its row:
    /// `ProductViewSet::detail_url(request, instance.id)`.
    ///
    /// Default: [`defaults::get_success_headers`](crate::defaults::get_success_headers).
    fn get_success_headers(
        &self,
        request: &Request,
        instance: &Instance<Self>,
        response: &Response,
    ) -> HeaderMap {
        get_success_headers(self, request, instance, response)
    }
}

/// The default of [`CreateModelMixin::create`].
pub async fn create<V: CreateModelMixin>(view: &V, request: &Request) -> Result<Response> {
    let serializer = view.validated(request, None, false).await?;
    let serializer = view.with_parent(request, serializer).await?;
    let instance = view.perform_create(request, serializer).await?;
    let response = view
        .serialized_response(request, instance.clone())
        .status(StatusCode::CREATED)
        .await?;
    let headers = view.get_success_headers(request, &instance, &response);
    Ok(response.with_headers(headers))
}

/// The default of [`CreateModelMixin::perform_create`].
pub async fn perform_create<V: CreateModelMixin>(
    _view: &V,
    request: &Request,
    serializer: Validated<V>,
) -> Result<Instance<V>> {
    serializer.save(request).await
}

/// The default of [`CreateModelMixin::get_success_headers`].
pub fn get_success_headers<V: CreateModelMixin>(
    view: &V,
    request: &Request,
    _instance: &Instance<V>,
    response: &Response,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(location) = location(view, request, response) {
        headers.insert(LOCATION, location);
    }
    headers
}

fn location<V: GenericView>(
    view: &V,
    request: &Request,
    response: &Response,
) -> Option<HeaderValue> {
    let class = view.resolved_response_serializer(request).ok()?;
    if !class.has_field("url") {
        return None;
    }
    let Body::Data(data) = response.body() else {
        return None;
    };
    let data = data.to_value().ok()?;
    HeaderValue::try_from(data.get("url")?.as_str()?).ok()
}
