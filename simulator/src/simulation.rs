//! One simulated AWS: takes a request, gives an answer, and keeps a log. No I/O.

use std::collections::VecDeque;

use serde_json::Value;

use crate::{
    account_management, cloudtrail,
    faults::{self, Fault, FaultKind, Faults},
    gate, guardduty, inspector2,
    model::{self, Model},
    organizations, policies,
    random::Random,
    rates::Buckets,
    record::Record,
    request::{Request, Signature},
    securityhub,
    service::{Answer, Call, Caller, Operation, Refusal, Service},
    ssm, sts, unprocessed, validation,
    wire::{self, Reply},
    world::World,
};

const SERVICES: [&Service; 8] = [
    &account_management::SERVICE,
    &cloudtrail::SERVICE,
    &guardduty::SERVICE,
    &inspector2::SERVICE,
    &organizations::SERVICE,
    &securityhub::SERVICE,
    &ssm::SERVICE,
    &sts::SERVICE,
];

/// The world, and what happens around its operations.
#[derive(Debug, Default)]
pub(crate) struct Simulation {
    pub(crate) world: World,
    pub(crate) faults: Faults,
    pub(crate) log: Vec<Record>,
    /// Whether no log is kept.
    pub(crate) forgets: bool,
    buckets: Buckets,
    earlier: VecDeque<Earlier>,
    /// Request ids have a stream of their own, so that calls do not change what the world draws.
    pub(crate) ids: Random,
}

/// What the services were before a write, for stale reads.
#[derive(Debug)]
struct Earlier {
    until: u64,
    guardduty: guardduty::State,
    inspector2: inspector2::State,
}

/// What of a request its record needs beside the call.
#[derive(Debug)]
struct Arrival {
    request_id: String,
    application: Option<String>,
}

/// What goes back over the connection.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// None: the connection is closed without an answer.
    pub(crate) reply: Option<Reply>,
    pub(crate) delay_ms: u64,
}

impl Simulation {
    /// Brings the world to this time: everything that was due by then is done.
    pub(crate) fn settle(&mut self, now: u64) {
        let world = &mut self.world;
        world.now = now.max(world.now);
        organizations::complete(world);
        account_management::settle(world);
        policies::settle(world);
        guardduty::settle(world);
        inspector2::settle(world);
        while self.earlier.front().is_some_and(|earlier| earlier.until <= world.now) {
            self.earlier.pop_front();
        }
    }

    /// Answers one request at this time.
    pub(crate) fn answer(&mut self, now: u64, request: &Request) -> Outcome {
        self.settle(now);
        self.world.iam.authorized.clear();
        let arrival = Arrival { request_id: self.request_id(), application: request.application().map(str::to_owned) };
        let Some(signature) = request.signature() else {
            return self.unsigned(request, arrival);
        };
        let Some(model) = model::of(&signature.service) else {
            return self.unknown(None, request, &signature, arrival);
        };
        let known = request.operation(model).and_then(|(name, path)| Some((name, path, operation(model, name)?)));
        let Some((name, path, run)) = known else {
            return self.unknown(Some(model), request, &signature, arrival);
        };
        let mut call = Call {
            caller: Caller { account: signature.access_key.clone(), principal: String::new(), role: None },
            region: signature.region.clone(),
            service: model.service,
            operation: name.to_owned(),
            input: Value::Null,
        };
        let input = request.input(model, name, path);
        let caller = gate::caller(&self.world, model.service, &signature);
        let (answer, fault) = match caller {
            Err(refusal) => {
                call.input = input.unwrap_or_default();
                if let Some(session) = self.world.sessions.get(&signature.access_key) {
                    // Refused, but it is known who it was.
                    call.caller = session.caller.clone();
                }
                (Err(refusal), None)
            }
            Ok(caller) => {
                call.caller = caller;
                self.called(model, &mut call, input, run)
            }
        };
        self.finish(model, &call, &answer, fault.as_ref(), arrival)
    }

    /// The call of a known caller, with the fault that struck it.
    fn called(
        &mut self,
        model: &Model,
        call: &mut Call,
        input: Option<Value>,
        run: Operation,
    ) -> (Answer, Option<Fault>) {
        let readable = input.is_some();
        call.input = input.unwrap_or_default();
        if !gate::endpoint_exists(&self.world, call) {
            // AWS has no such host name: the closest to it is a connection that breaks.
            let drop = Fault { kind: FaultKind::Drop, ..Fault::default() };
            return (Err(Refusal::new(0, "NoEndpoint", "The region does not offer the service.")), Some(drop));
        }
        let fault = self.faults.strike(call);
        let answer = match &fault {
            Some(fault) if matches!(fault.kind, FaultKind::Error | FaultKind::Throttle) => {
                Err(fault.refusal(call.service))
            }
            Some(fault) if fault.kind == FaultKind::Drop && !self.performed(fault) => {
                Err(Refusal::new(0, "Dropped", "The connection was dropped before the call had an effect."))
            }
            _ if !readable => Err(unreadable()),
            _ => self.admitted(model, call, run, fault.as_ref()),
        };
        (answer, fault)
    }

    fn performed(&mut self, fault: &Fault) -> bool {
        let drawn = self.faults.random.fraction() < 0.5;
        fault.performed.unwrap_or(drawn)
    }

    fn admitted(&mut self, model: &Model, call: &Call, run: Operation, fault: Option<&Fault>) -> Answer {
        if !self.buckets.admit(&self.world, call) {
            return Err(faults::throttled(call.service));
        }
        gate::admit(&mut self.world, call)?;
        validation::check(model, &call.operation, &call.input)?;
        match fault.filter(|fault| fault.kind == FaultKind::Unprocessed) {
            None => self.run(call, run),
            Some(fault) => {
                let mut left = call.clone();
                let taken = unprocessed::take(fault, &mut left, &mut self.faults.random);
                let answer = if unprocessed::nothing_left(&left) {
                    Ok(unprocessed::empty_answer(call))
                } else {
                    self.run(&left, run)
                };
                unprocessed::add(fault, call, &taken, answer)
            }
        }
    }

    /// Runs the operation. With stale reads, a read sees the services as they were some time ago.
    fn run(&mut self, call: &Call, run: Operation) -> Answer {
        let stale = self.world.behaviour.stale_reads_ms;
        if stale == 0 || !matches!(call.service, "guardduty" | "inspector2") {
            return run(&mut self.world, call);
        }
        let reads = ["Get", "List", "Describe", "BatchGet"].iter().any(|verb| call.operation.starts_with(verb));
        let world = &mut self.world;
        if !reads {
            self.earlier.push_back(Earlier {
                until: world.now + stale,
                guardduty: world.guardduty.clone(),
                inspector2: world.inspector2.clone(),
            });
            return run(world, call);
        }
        let Some(earlier) = self.earlier.front_mut() else { return run(world, call) };
        std::mem::swap(&mut world.guardduty, &mut earlier.guardduty);
        std::mem::swap(&mut world.inspector2, &mut earlier.inspector2);
        let answer = run(world, call);
        std::mem::swap(&mut world.guardduty, &mut earlier.guardduty);
        std::mem::swap(&mut world.inspector2, &mut earlier.inspector2);
        answer
    }

    fn finish(
        &mut self,
        model: &Model,
        call: &Call,
        answer: &Answer,
        fault: Option<&Fault>,
        arrival: Arrival,
    ) -> Outcome {
        let reply = wire::reply(model, &call.operation, answer, &arrival.request_id);
        let dropped = fault.is_some_and(|fault| fault.kind == FaultKind::Drop);
        let delay = fault.filter(|fault| fault.kind == FaultKind::Delay);
        let code = answer.as_ref().err().map(|refusal| refusal.code.clone());
        let authorized = std::mem::take(&mut self.world.iam.authorized);
        self.record(Record {
            service: call.service.to_owned(),
            operation: call.operation.clone(),
            region: call.region.clone(),
            account: call.caller.account.clone(),
            principal: call.caller.principal.clone(),
            status: if dropped { 0 } else { reply.status },
            application: arrival.application,
            request: call.input.clone(),
            response: wire::shown(answer),
            error: if dropped { code.or_else(|| Some("Dropped".to_owned())) } else { code },
            request_id: arrival.request_id,
            authorized,
            at: self.world.now,
        });
        Outcome {
            reply: (!dropped).then_some(reply),
            delay_ms: delay.map_or(0, |fault| fault.delay_ms.unwrap_or(1_000)),
        }
    }

    /// An operation that is not simulated: 501, never an answer that could pass for AWS's.
    fn unknown(
        &mut self,
        model: Option<&Model>,
        request: &Request,
        signature: &Signature,
        arrival: Arrival,
    ) -> Outcome {
        let asked = request.asked_for();
        let refusal = Refusal::new(
            501,
            "NotImplemented",
            format!("The simulator does not have the operation `{asked}` of `{}`.", signature.service),
        );
        self.refuse_unrouted(model, asked, signature, refusal, arrival)
    }

    /// A request without a signature. Some operations of STS need none; the simulator has none of them.
    fn unsigned(&mut self, request: &Request, arrival: Arrival) -> Outcome {
        let model = request.protocol_of().and_then(model::of);
        let service = model.map_or("", |model| model.service);
        let nobody = Signature {
            access_key: String::new(),
            region: String::new(),
            service: service.to_owned(),
            session_token: None,
        };
        if model.is_some_and(|model| request.operation(model).is_none()) {
            return self.unknown(model, request, &nobody, arrival);
        }
        self.refuse_unrouted(model, request.asked_for(), &nobody, gate::unsigned(service), arrival)
    }

    fn refuse_unrouted(
        &mut self,
        model: Option<&Model>,
        asked: String,
        signature: &Signature,
        refusal: Refusal,
        arrival: Arrival,
    ) -> Outcome {
        let (status, code) = (refusal.status, refusal.code.clone());
        let answer = Err(refusal);
        let reply =
            model.or_else(|| model::of("account")).map(|model| wire::reply(model, "", &answer, &arrival.request_id));
        self.record(Record {
            service: signature.service.clone(),
            operation: asked,
            region: signature.region.clone(),
            account: signature.access_key.clone(),
            principal: String::new(),
            status,
            application: arrival.application,
            request: Value::Null,
            response: wire::shown(&answer),
            error: Some(code),
            request_id: arrival.request_id,
            authorized: Vec::new(),
            at: self.world.now,
        });
        Outcome { reply, delay_ms: 0 }
    }

    fn record(&mut self, record: Record) {
        if !self.forgets {
            self.log.push(record);
        }
    }

    /// A request id or event id.
    pub(crate) fn request_id(&mut self) -> String {
        let hex = self.ids.text("0123456789abcdef", 32);
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
    }
}

fn operation(model: &Model, name: &str) -> Option<Operation> {
    let service = SERVICES.iter().find(|service| service.name == model.service)?;
    service.operations.iter().find(|(known, _)| *known == name).map(|(_, run)| *run)
}

/// AWS's answer to a body that is not the protocol's. AWS documentation.
fn unreadable() -> Refusal {
    Refusal::new(400, "SerializationException", "The request body could not be read.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_models_is_simulated() {
        for service in SERVICES {
            let model = model::of(service.name).unwrap();
            let simulated: std::collections::BTreeSet<&str> =
                service.operations.iter().map(|(name, _)| *name).collect();
            let modelled: std::collections::BTreeSet<&str> = model.operations.keys().map(String::as_str).collect();
            assert_eq!(simulated, modelled, "{}", service.name);
        }
    }
}
