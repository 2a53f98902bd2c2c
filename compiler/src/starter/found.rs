//! Models that are there already: in manifests of Seldon, KServe and BentoML, or in what a server says of itself.

use policies::bundle::Api;
use policies::profile::is_model_name;
use serde_json::Value;

use crate::source::Source;

use super::Model;

/// A model, and the namespace that its manifest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// the model
    pub model: Model,
    /// `metadata.namespace`
    pub namespace: Option<String>,
    /// where it stands: a file, or a server
    pub place: String,
}

/// The models of manifests; other documents are passed over. Names of files that are no YAML, as templates are, come second.
#[must_use]
pub fn in_manifests(sources: &[Source]) -> (Vec<Found>, Vec<String>) {
    let (mut found, mut unreadable) = (Vec::new(), Vec::new());
    for source in sources {
        let text = String::from_utf8_lossy(&source.bytes);
        let documents: Result<Vec<Value>, _> = serde_saphyr::from_multiple(&text);
        match documents {
            Ok(documents) => {
                let all = documents.iter().flat_map(listed);
                found.extend(all.filter_map(|it| manifest(it, &source.name)));
            }
            Err(_) => unreadable.push(source.name.clone()),
        }
    }
    (found, unreadable)
}

/// A document, or what is in it where it is a list, as `kubectl get` writes several.
fn listed(document: &Value) -> std::slice::Iter<'_, Value> {
    let items = document["items"].as_array();
    let items = items.filter(|_| {
        document["kind"]
            .as_str()
            .is_some_and(|kind| kind.ends_with("List"))
    });
    items.map_or_else(
        || std::slice::from_ref(document).iter(),
        |items| items.iter(),
    )
}

fn manifest(document: &Value, place: &str) -> Option<Found> {
    let group = document["apiVersion"].as_str()?.split('/').next()?;
    let spec = &document["spec"];
    let api = match (group, document["kind"].as_str()?) {
        ("machinelearning.seldon.io", "SeldonDeployment") => Api::Seldon,
        ("mlops.seldon.io", "Model" | "Pipeline") => Api::SeldonV2,
        ("serving.kserve.io", "InferenceService") => kserve(spec),
        ("serving.yatai.ai", "BentoDeployment") => Api::BentoMl,
        _ => return None,
    };
    let metadata = &document["metadata"];
    let name = metadata["name"].as_str()?;
    let said = match document["kind"].as_str() {
        Some("InferenceService") => said_name(spec),
        _ => None,
    };
    Some(Found {
        model: Model {
            name: said.unwrap_or(name).to_owned(),
            api,
        },
        namespace: metadata["namespace"].as_str().map(str::to_owned),
        place: place.to_owned(),
    })
}

/// The name that `--model_name` of KServe's servers says, in one argument or two, and the last of several; else, or as a template such as
/// `{{.Name}}`, it is the resource's.
fn said_name(spec: &Value) -> Option<&str> {
    let parts = spec["predictor"].as_object()?.values();
    let parts = parts.flat_map(|part| {
        let one = std::slice::from_ref(part);
        part.as_array().map_or(one, Vec::as_slice)
    });
    let all = parts.filter_map(|part| part["args"].as_array());
    let said = all.flat_map(|arguments| {
        let next = arguments.iter().skip(1).chain([&Value::Null]);
        arguments.iter().zip(next).filter_map(|(argument, next)| {
            match argument.as_str()?.strip_prefix("--model_name")? {
                "" => next.as_str(),
                given => given.strip_prefix('='),
            }
        })
    });
    said.last().filter(|name| is_model_name(name))
}

/// The protocol that the predictor says, or that its runtime speaks unless it says otherwise.
fn kserve(spec: &Value) -> Api {
    let predictor = &spec["predictor"];
    let inner = predictor
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.values());
    let said = inner
        .filter_map(|part| part["protocolVersion"].as_str())
        .next();
    let format = predictor["model"]["modelFormat"]["name"].as_str();
    let runtime = predictor["model"]["runtime"].as_str();
    let triton = runtime.is_some_and(|runtime| runtime.contains("triton"))
        || format == Some("triton")
        || predictor["triton"].is_object();
    match (said, format) {
        _ if triton => Api::Triton,
        (Some("v2" | "grpc-v2"), _) => Api::OpenInference,
        (None, Some("huggingface")) => Api::OpenAi,
        _ => Api::KServe,
    }
}

/// What a server's list at a path says: the V2 repository's index, or `/v1/models` of OpenAI-style servers and of KServe.
#[must_use]
pub fn in_list(path: &str, list: &Value) -> Vec<Model> {
    let named = |items: &Value, field: &str, api: Api| -> Vec<Model> {
        let names = items.as_array().into_iter().flatten();
        let names = names.filter_map(|item| item.as_str().or_else(|| item[field].as_str()));
        names
            .map(|name| Model {
                name: name.to_owned(),
                api,
            })
            .collect()
    };
    match path {
        INDEX => named(list, "name", Api::OpenInference),
        _ if list["data"].is_array() => named(&list["data"], "id", Api::OpenAi),
        _ => named(&list["models"], "name", Api::KServe),
    }
}

/// The protocol of a V2 server that says this of itself at [`SERVER`]: Triton's has more requests, and reads versions as numbers.
#[must_use]
pub fn of_server(metadata: &Value) -> Api {
    match metadata["name"].as_str() {
        Some("triton") => Api::Triton,
        _ => Api::OpenInference,
    }
}

/// What a V2 server says of itself; asked with GET.
pub const SERVER: &str = "/v2";
/// The V2 repository's index; asked with POST.
pub const INDEX: &str = "/v2/repository/index";
/// The list of OpenAI-style servers, and of KServe; asked with GET.
pub const MODELS: &str = "/v1/models";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_kubectl() {
        let item = "{ apiVersion: mlops.seldon.io/v1alpha1, kind: Model, metadata: { name: a, namespace: b } }";
        let text = format!("apiVersion: v1\nkind: List\nitems: [{item}, {item}]\n");
        let source = Source {
            name: "a".into(),
            bytes: text.into_bytes(),
        };
        assert_eq!(in_manifests(&[source]).0.len(), 2);
    }

    #[test]
    fn a_predictor_says_its_protocol() {
        let of = |predictor: &str| predicting(predictor).api;
        assert_eq!(
            of("{ model: { modelFormat: { name: sklearn }, protocolVersion: v2 } }"),
            Api::OpenInference
        );
        assert_eq!(
            of("{ model: { modelFormat: { name: triton } } }"),
            Api::Triton
        );
        let triton = "{ model: { modelFormat: { name: onnx }, runtime: kserve-tritonserver, protocolVersion: v2 } }";
        assert_eq!(of(triton), Api::Triton);
        assert_eq!(of("{ sklearn: { storageUri: a } }"), Api::KServe);
    }

    #[test]
    fn a_server_of_kserve_is_told_its_models_name() {
        for (predictor, name) in [
            ("{ model: { args: [--model_name=llama3] } }", "llama3"),
            ("{ model: { args: [-x, --model_name, llama3] } }", "llama3"),
            (
                "{ containers: [{ name: c }, { args: [--model_name=x, --model_name=y] }] }",
                "y",
            ),
            ("{ model: { args: ['--model_name={{.Name}}'] } }", "a"),
            ("{ model: { args: ['--model_name=$(NAME)'] } }", "a"),
            ("{ model: { args: [--model_name, --x] } }", "a"),
            ("{ model: { args: [--model_names=x, --model_name] } }", "a"),
            ("{ sklearn: { storageUri: b } }", "a"),
        ] {
            assert_eq!(predicting(predictor).name, name, "{predictor}");
        }
    }

    fn predicting(predictor: &str) -> Model {
        let text = format!(
            "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {{ name: a }}\nspec: {{ predictor: {predictor} }}\n"
        );
        let source = Source {
            name: "a".into(),
            bytes: text.into_bytes(),
        };
        in_manifests(&[source]).0.remove(0).model
    }
}
