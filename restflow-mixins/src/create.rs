use http::{HeaderMap, HeaderValue, StatusCode, header::LOCATION};
use restflow_views::{
    ApiViewExt, Body, GenericView, Instance, Request, Response, Result, Validated,
};

/// Gives a view the action `create`.
///
/// DRF: `rest_framework.mixins.CreateModelMixin`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no action `create`",
    note = "add `CreateModelMixin` to its derive list, or write `impl CreateModelMixin for {Self} {{}}` to override its hooks"
)]
pub trait CreateModelMixin: GenericView {
    /// Validates the body, saves, and answers 201 with the new row.
    ///
    /// Override [`perform_create`](Self::perform_create) for side effects rather than this.
    fn create(&self, request: &Request) -> impl Future<Output = Result<Response>> + Send {
        async move {
            let serializer = self.validated(request, None, false).await?;
            let instance = self.perform_create(request, serializer).await?;
            let response = self
                .serialized_response(request, instance)
                .status(StatusCode::CREATED)
                .await?;
            let headers = self.get_success_headers(request, &response);
            Ok(response.with_headers(headers))
        }
    }

    /// Stores the new row. Overridden to set columns that the client must not, and for what else
    /// has to happen: `serializer.set(product::Column::OwnerId, …).save(request).await`.
    fn perform_create(
        &self,
        request: &Request,
        serializer: Validated<Self>,
    ) -> impl Future<Output = Result<Instance<Self>>> + Send {
        serializer.save(request)
    }

    /// The headers of the 201: `Location` when the response serializer has a field `url`.
    fn get_success_headers(&self, request: &Request, response: &Response) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(location) = location(self, request, response) {
            headers.insert(LOCATION, location);
        }
        headers
    }
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
