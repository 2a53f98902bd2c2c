//! The entries of models, as columns.

use std::rc::Rc;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::api::Api;
use crate::bundle::ModelEntry;
use crate::bundle::by_name::{ByName, apart};

use super::{Lists, Texts, at, table};

/// What is wrong when one column has fewer lines than another.
const LENGTHS: &str = "columns of models have different lengths";

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Columns {
    /// table
    #[serde(deserialize_with = "apart")]
    namespaces: Vec<String>,
    /// table
    #[serde(deserialize_with = "apart")]
    apis: Vec<Api>,
    /// positions in `namespaces`
    #[serde(deserialize_with = "apart")]
    namespace: Vec<u32>,
    #[serde(deserialize_with = "apart")]
    name: Texts,
    /// positions in `apis`
    #[serde(deserialize_with = "apart")]
    api: Vec<u32>,
    /// positions of the entries that are public
    #[serde(deserialize_with = "apart")]
    public: Vec<u32>,
    #[serde(deserialize_with = "apart")]
    scopes: Lists,
}

pub fn serialize<S: Serializer>(models: &[ModelEntry], to: S) -> Result<S::Ok, S::Error> {
    let owners = models.iter().map(|model| model.namespace.to_string());
    let (namespaces, namespace) = table(owners, Clone::clone);
    let (apis, api) = table(models.iter().map(|model| model.api), |api| {
        api.name().to_owned()
    });
    let public = (0..).zip(models).filter(|(_, model)| model.public);
    Columns {
        namespaces,
        apis,
        namespace,
        name: Texts(models.iter().map(|model| model.name.clone()).collect()),
        api,
        public: public.map(|(position, _)| position).collect(),
        scopes: Lists::pack(models.iter().map(|model| model.scopes.as_slice())),
    }
    .serialize(to)
}

#[inline(never)]
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<ModelEntry>, D::Error> {
    Columns::deserialize(ByName(from))?
        .models()
        .map_err(D::Error::custom)
}

impl Columns {
    #[inline(never)]
    fn models(self) -> Result<Vec<ModelEntry>, &'static str> {
        let Self {
            namespaces,
            apis,
            namespace,
            name,
            api,
            public,
            scopes,
        } = self;
        let (names, mut scopes) = (name.0, scopes.unpack());
        if [namespace.len(), api.len()] != [names.len(); 2] {
            return Err(LENGTHS);
        }
        let namespaces: Vec<Rc<str>> = namespaces.into_iter().map(Rc::from).collect();
        let columns = names.into_iter().zip(namespace).zip(api);
        let entry = |((name, namespace), api)| {
            Ok(ModelEntry {
                namespace: at(&namespaces, namespace)?,
                name,
                api: at(&apis, api)?,
                public: false,
                scopes: scopes.next().ok_or(LENGTHS)?.to_vec(),
            })
        };
        let mut models = columns
            .map(entry)
            .collect::<Result<Vec<_>, &'static str>>()?;
        if scopes.next().is_some() {
            return Err(LENGTHS);
        }
        for position in public {
            let position = usize::try_from(position).ok();
            let model = position.and_then(|position| models.get_mut(position));
            model.ok_or("a public model does not exist")?.public = true;
        }
        Ok(models)
    }
}
