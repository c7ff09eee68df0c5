//! Whether what a trail logs makes EventBridge deliver the events that Rollcall waits for. No I/O.
//!
//! Source: EventBridge user guide, "AWS service events delivered via CloudTrail": events come only where a trail logs
//! management events; those waited for are writes, of Organizations' events in one region of the partition.

use aws_sdk_cloudtrail::{
    operation::get_event_selectors::GetEventSelectorsOutput,
    types::{AdvancedEventSelector, AdvancedFieldSelector, EventSelector, ReadWriteType},
};

/// Whose events are waited for, as selectors name it.
const SOURCE: &str = "organizations.amazonaws.com";

/// Whether a trail logs Organizations' management events that write.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Logs {
    Yes,
    /// It narrows them by a field of which it is not known beforehand what it does.
    Perhaps(String),
    No,
}

/// What a trail's selectors log.
pub(super) fn logs(selectors: &GetEventSelectorsOutput) -> Logs {
    let basic = selectors.event_selectors().iter().map(of_basic);
    let advanced = selectors.advanced_event_selectors().iter().map(of_advanced);
    basic.chain(advanced).min().unwrap_or(Logs::No)
}

fn of_basic(selector: &EventSelector) -> Logs {
    // Both are so unless they are said to be otherwise.
    let management = selector.include_management_events().unwrap_or(true);
    let writes = !matches!(selector.read_write_type(), Some(ReadWriteType::ReadOnly));
    let excluded = selector.exclude_management_event_sources().iter().any(|source| source == SOURCE);
    if management && writes && !excluded { Logs::Yes } else { Logs::No }
}

fn of_advanced(selector: &AdvancedEventSelector) -> Logs {
    let fields = selector.field_selectors();
    let is_of_management = fields.iter().any(|field| field.field() == "eventCategory" && fits(field, "Management"));
    if !is_of_management {
        return Logs::No;
    }
    // All fields must fit.
    fields.iter().map(of_field).max().unwrap_or(Logs::No)
}

fn of_field(field: &AdvancedFieldSelector) -> Logs {
    let known = match field.field() {
        "eventCategory" => "Management",
        "readOnly" => "false",
        "eventSource" => SOURCE,
        other => return Logs::Perhaps(other.to_owned()),
    };
    if fits(field, known) { Logs::Yes } else { Logs::No }
}

/// Whether a value fits a field's selector: any of what it may be, and none of what it may not.
fn fits(field: &AdvancedFieldSelector, value: &str) -> bool {
    type Test = fn(&str, &str) -> bool;
    let (equal, starts, ends): (Test, Test, Test) =
        (|value, of| value == of, |value, of| value.starts_with(of), |value, of| value.ends_with(of));
    let any = |values: &[String], test: Test| values.iter().any(|of| test(value, of));
    let wanted = [(field.equals(), equal), (field.starts_with(), starts), (field.ends_with(), ends)];
    let unwanted = [(field.not_equals(), equal), (field.not_starts_with(), starts), (field.not_ends_with(), ends)];
    let asked = wanted.iter().any(|(values, _)| !values.is_empty());
    (!asked || wanted.iter().any(|(values, test)| any(values, *test)))
        && !unwanted.iter().any(|(values, test)| any(values, *test))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(kind: ReadWriteType, management: bool) -> Logs {
        let selector = EventSelector::builder().read_write_type(kind).include_management_events(management).build();
        logs(&GetEventSelectorsOutput::builder().event_selectors(selector).build())
    }

    fn field(name: &str) -> aws_sdk_cloudtrail::types::builders::AdvancedFieldSelectorBuilder {
        AdvancedFieldSelector::builder().field(name)
    }

    fn advanced(fields: Vec<aws_sdk_cloudtrail::types::builders::AdvancedFieldSelectorBuilder>) -> Logs {
        let fields: Vec<_> = fields.into_iter().map(|field| field.build().unwrap()).collect();
        let selector = AdvancedEventSelector::builder().set_field_selectors(Some(fields)).build().unwrap();
        logs(&GetEventSelectorsOutput::builder().advanced_event_selectors(selector).build())
    }

    #[test]
    fn basic_selectors_log_writes_of_management_events() {
        assert_eq!(basic(ReadWriteType::All, true), Logs::Yes);
        assert_eq!(basic(ReadWriteType::WriteOnly, true), Logs::Yes);
        assert_eq!(basic(ReadWriteType::ReadOnly, true), Logs::No);
        assert_eq!(basic(ReadWriteType::All, false), Logs::No);
        assert_eq!(logs(&GetEventSelectorsOutput::builder().build()), Logs::No);
    }

    #[test]
    fn advanced_selectors_may_narrow_management_events() {
        let management = || field("eventCategory").equals("Management");
        assert_eq!(advanced(vec![management()]), Logs::Yes);
        assert_eq!(advanced(vec![field("eventCategory").equals("Data")]), Logs::No);
        assert_eq!(advanced(vec![management(), field("readOnly").equals("true")]), Logs::No);
        assert_eq!(advanced(vec![management(), field("readOnly").equals("false")]), Logs::Yes);
        assert_eq!(advanced(vec![management(), field("eventSource").not_equals("kms.amazonaws.com")]), Logs::Yes);
        assert_eq!(advanced(vec![management(), field("eventSource").equals("kms.amazonaws.com")]), Logs::No);
        assert_eq!(advanced(vec![management(), field("eventSource").starts_with("organizations")]), Logs::Yes);
        assert_eq!(advanced(vec![management(), field("eventSource").not_ends_with(".amazonaws.com")]), Logs::No);
        let by_name = advanced(vec![management(), field("eventName").not_equals("Decrypt")]);
        assert_eq!(by_name, Logs::Perhaps("eventName".to_owned()));
    }

    #[test]
    fn one_selector_that_logs_is_enough() {
        let selector = |management| EventSelector::builder().include_management_events(management).build();
        let both = GetEventSelectorsOutput::builder().event_selectors(selector(false)).event_selectors(selector(true));
        assert_eq!(logs(&both.build()), Logs::Yes);
    }
}
