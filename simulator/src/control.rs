//! What a test or a person may see and do beside AWS's operations; and the same over HTTP. No I/O.

use serde_json::{Map, Value, json};

use crate::{
    Mistake, account_management, events,
    faults::Fault,
    gate, guardduty, iam, inspector2, model,
    organization::{OPT_IN_REGIONS, OptIn},
    organizations,
    simulation::Simulation,
    states, validation,
};

impl Simulation {
    /// The organization, its accounts and their regions.
    pub(crate) fn organization(&self) -> Value {
        let (organization, now) = (&self.world.organization, self.world.now);
        let accounts: Vec<Value> = organization
            .accounts
            .values()
            .map(|account| {
                let regions: Map<String, Value> = organization
                    .regions
                    .iter()
                    .map(|region| (region.clone(), json!(account.opt_in(region, now).name())))
                    .collect();
                json!({
                    "id": account.id,
                    "name": account.name,
                    "email": account.email,
                    "state": account.state.name(),
                    "regions": regions,
                })
            })
            .collect();
        json!({
            "management": organization.management,
            "administrator": organization.administrator,
            "accounts": accounts,
            "regions": organization.regions,
        })
    }

    /// The truth about both services.
    pub(crate) fn enrolment(&self) -> Vec<Value> {
        let mut rows = guardduty::enrolment(&self.world);
        rows.extend(inspector2::enrolment(&self.world));
        rows
    }

    /// Creates an account, and gives the event about it.
    pub(crate) fn create_account(&mut self, name: &str, email: &str) -> Result<Value, Mistake> {
        if let Some(model) = model::of("organizations") {
            let input = json!({"AccountName": name, "Email": email});
            validation::check(model, "CreateAccount", &input).map_err(|refusal| Mistake(refusal.message))?;
        }
        let creation = organizations::create(&mut self.world, name, email)
            .ok_or_else(|| Mistake("the account could not be created".to_owned()))?;
        let ids = [self.request_id(), self.request_id()];
        Ok(events::create_account_result(&self.world, &creation, ids))
    }

    /// Changes an account's opt-in to a region, and gives the event about it.
    pub(crate) fn set_region(
        &mut self,
        account: &str,
        region: &str,
        status: &str,
        by: Option<&str>,
    ) -> Result<Value, Mistake> {
        let world = &mut self.world;
        if !world.organization.is_member(account) {
            return Err(Mistake(format!("there is no account {account}")));
        }
        if !world.organization.regions.iter().any(|known| known == region) {
            return Err(Mistake(format!("there is no region {region}")));
        }
        let to = OptIn::from_name(status).filter(|to| *to != OptIn::EnabledByDefault);
        let to = to.ok_or_else(|| Mistake("`status` is ENABLED, ENABLING, DISABLED or DISABLING".to_owned()))?;
        if !OPT_IN_REGIONS.contains(&region) {
            return Err(Mistake(format!("{region} is on by default for every account")));
        }
        account_management::set(world, account, region, to);
        let id = self.request_id();
        let management = &self.world.organization.management;
        Ok(events::region_opt_in(&self.world, by.unwrap_or(management), account, region, status, &id))
    }

    /// Whether who has this access key may do the action, simulated or not.
    pub(crate) fn authorize(&self, key: &str, region: &str, action: &str, resource: &str) -> Result<Value, Mistake> {
        let caller = gate::known_caller(&self.world, key);
        let caller = caller.ok_or_else(|| Mistake(format!("nobody has the access key `{key}`")))?;
        Ok(iam::authorize(&self.world, &caller, region, action, resource))
    }

    pub(crate) fn add_fault(&mut self, fault: Fault) -> Result<(), Mistake> {
        fault.mistake().map_or(Ok(()), |mistake| Err(Mistake(mistake)))?;
        self.faults.add(fault);
        Ok(())
    }

    /// Answers a request below `/_simulator/`: status and body.
    pub(crate) fn control(&mut self, method: &str, name: &str, body: &[u8]) -> (u16, Value) {
        let body = if body.is_empty() { Ok(json!({})) } else { serde_json::from_slice(body) };
        let answer = match body {
            Ok(body) => self.controlled(method, name, &body),
            Err(error) => Err(Mistake(format!("the body is not JSON: {error}"))),
        };
        match answer {
            Ok(Some(answer)) => (200, answer),
            Ok(None) => (404, json!({"error": format!("there is no {method} /_simulator/{name}")})),
            Err(Mistake(mistake)) => (400, json!({"error": mistake})),
        }
    }

    fn controlled(&mut self, method: &str, name: &str, body: &Value) -> Result<Option<Value>, Mistake> {
        let text = |member: &str| {
            let found = body.get(member).and_then(Value::as_str);
            found.ok_or_else(|| Mistake(format!("`{member}` is missing or not a string")))
        };
        Ok(Some(match (method, name) {
            ("GET", "organization") => self.organization(),
            ("GET", "enrolment") => Value::Array(self.enrolment()),
            ("GET", "calls") => json!(self.log),
            ("GET", "permissions") => iam::permissions(),
            ("POST", "authorize") => {
                let resource = body.get("resource").and_then(Value::as_str).unwrap_or("*");
                self.authorize(text("access-key")?, text("region")?, text("action")?, resource)?
            }
            ("DELETE", "calls") => {
                self.log.clear();
                json!({})
            }
            ("POST", "accounts") => self.create_account(text("name")?, text("email")?)?,
            ("POST", "regions") => {
                let by = body.get("by").and_then(Value::as_str);
                self.set_region(text("account")?, text("region")?, text("status")?, by)?
            }
            ("GET", "faults") => {
                let faults = self.faults.list().into_iter();
                faults.map(|(fault, seen, struck)| json!({"fault": fault, "seen": seen, "struck": struck})).collect()
            }
            ("POST", "faults") => {
                self.add_fault(Fault::read(body).map_err(Mistake)?)?;
                json!({})
            }
            ("DELETE", "faults") => {
                self.faults.clear();
                json!({})
            }
            ("POST", "state") => {
                states::prepare(&mut self.world, body).map_err(Mistake)?;
                json!({})
            }
            ("GET", "settings") => json!(self.world.behaviour),
            ("POST", "settings") => {
                let switches = body.as_object().ok_or_else(|| Mistake("settings are a JSON object".to_owned()))?;
                for (name, value) in switches {
                    self.world.behaviour.set(name, &value.to_string()).map_err(Mistake)?;
                }
                json!(self.world.behaviour)
            }
            _ => return Ok(None),
        }))
    }
}
