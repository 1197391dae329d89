use restflow::prelude::*;
use serde_json::json;

use crate::serializers::{NowSerializer, StatusSerializer};

#[derive(ViewSet)]
pub(crate) struct HealthViewSet;

impl ApiView for HealthViewSet {
    fn action_configs(&self) -> ActionConfigs<Self> {
        ActionConfigs::new()
            .action("ping", ActionConfig::new().serializer::<StatusSerializer>())
            .action("time", ActionConfig::new().serializer::<NowSerializer>())
    }
}

#[actions]
impl HealthViewSet {
    #[action(detail = false)]
    async fn ping(&self, _request: &Request) -> Result<Response> {
        Ok(Response::new(StatusSerializer {
            status: "ok".to_owned(),
        }))
    }

    #[action(detail = false)]
    async fn time(&self, _request: &Request) -> Result<Response> {
        Ok(Response::new(NowSerializer {
            now: chrono::Utc::now(),
        }))
    }

    /// No serializer class anywhere.
    #[action(detail = false)]
    async fn broken(&self, request: &Request) -> Result<Response> {
        let route = request.route();
        Ok(Response::new(json!({
            "status": "plain",
            "detail": route.detail,
            "suffix": route.suffix,
            "action": request.action(),
        })))
    }
}
