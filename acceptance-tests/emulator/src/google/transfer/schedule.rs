//! When a job runs by itself.

use serde_json::Value;

use crate::google::refusal::invalid_with_violation;
use crate::google::schema::{Field, Kind};
use crate::google::times;
use crate::http::answer::Refusal;
use crate::state::clock::{DAY, Millis};

const DATE: &[Field] = &[Field("year", Kind::Number), Field("month", Kind::Number), Field("day", Kind::Number)];
const TIME: &[Field] = &[
    Field("hours", Kind::Number),
    Field("minutes", Kind::Number),
    Field("seconds", Kind::Number),
    Field("nanos", Kind::Number),
];
/// A schedule.
pub(crate) const FIELDS: &[Field] = &[
    Field("scheduleStartDate", Kind::Message(DATE)),
    Field("scheduleEndDate", Kind::Message(DATE)),
    Field("startTimeOfDay", Kind::Message(TIME)),
    Field("endTimeOfDay", Kind::Message(TIME)),
    Field("repeatInterval", Kind::Duration),
];

const HOUR: Millis = DAY / 24;

/// Refuses what Storage Transfer refuses of a schedule.
pub(super) fn check(schedule: Option<&Value>) -> Result<(), Refusal> {
    let Some(schedule) = schedule else { return Ok(()) };
    if schedule["scheduleStartDate"].is_null() {
        return Err(violation("schedule.schedule_start_date", "A schedule must have a start date."));
    }
    for (name, field) in [("scheduleStartDate", "schedule_start_date"), ("scheduleEndDate", "schedule_end_date")] {
        if !schedule[name].is_null() && day(&schedule[name]).is_none() {
            return Err(violation(
                &format!("schedule.{field}"),
                "The date does not exist: year, month and day are needed.",
            ));
        }
    }
    for (name, field) in [("startTimeOfDay", "start_time_of_day"), ("endTimeOfDay", "end_time_of_day")] {
        if time_of_day(&schedule[name]).is_none() {
            return Err(violation(&format!("schedule.{field}"), "The time of day does not exist."));
        }
    }
    if !schedule["endTimeOfDay"].is_null() && schedule["scheduleEndDate"].is_null() {
        return Err(violation("schedule.end_time_of_day", "An end time needs an end date."));
    }
    if end(schedule).is_some_and(|end| start(schedule).is_some_and(|start| end < start)) {
        return Err(violation("schedule.schedule_end_date", "The end of a schedule must not be before its start."));
    }
    match schedule["repeatInterval"].as_str().and_then(times::duration) {
        Some(interval) if interval < HOUR => {
            Err(violation("schedule.repeat_interval", "The repeat interval must be at least one hour."))
        }
        _ => Ok(()),
    }
}

/// Whether a run is due, given when the job was made and when it last ran by itself.
pub(super) fn is_due(schedule: &Value, made: Millis, last: Option<Millis>, now: Millis) -> bool {
    let Some(start) = start(schedule) else { return false };
    if now < start || end(schedule).is_some_and(|end| last.is_some_and(|last| last >= end)) {
        return false;
    }
    let once = !schedule["scheduleEndDate"].is_null() && schedule["scheduleEndDate"] == schedule["scheduleStartDate"];
    match last {
        None => !once || now >= start.max(made),
        Some(_) if once => false,
        Some(last) => {
            let interval = schedule["repeatInterval"].as_str().and_then(times::duration).unwrap_or(DAY);
            now >= last + interval && end(schedule).is_none_or(|end| now <= end + interval)
        }
    }
}

fn start(schedule: &Value) -> Option<Millis> {
    Some(day(&schedule["scheduleStartDate"])? + time_of_day(&schedule["startTimeOfDay"])?)
}

fn end(schedule: &Value) -> Option<Millis> {
    let day = day(&schedule["scheduleEndDate"])?;
    match &schedule["endTimeOfDay"] {
        Value::Null => Some(day + DAY - 1000),
        time => Some(day + time_of_day(time)?),
    }
}

fn day(date: &Value) -> Option<Millis> {
    let part = |name: &str| date[name].as_i64();
    let (year, month, day) = (part("year")?, part("month")?, part("day")?);
    let date = jiff::civil::Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_millisecond())
}

fn time_of_day(time: &Value) -> Option<Millis> {
    let part =
        |name: &str, most: i64| Some(time[name].as_i64().unwrap_or(0)).filter(|value| (0..=most).contains(value));
    part("nanos", 999_999_999)?;
    Some(part("hours", 23)? * HOUR + part("minutes", 59)? * 60_000 + part("seconds", 59)? * 1000)
}

fn violation(field: &str, description: &str) -> Refusal {
    invalid_with_violation(field, description)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn daily() -> Value {
        json!({ "scheduleStartDate": { "year": 1970, "month": 1, "day": 2 }, "startTimeOfDay": { "hours": 3 } })
    }

    #[test]
    fn refuses_what_is_no_schedule() {
        assert!(check(None).is_ok() && check(Some(&daily())).is_ok());
        let wrong = [
            json!({}),
            json!({ "scheduleStartDate": { "year": 2026, "month": 2, "day": 30 } }),
            json!({ "scheduleStartDate": { "year": 2026, "month": 2, "day": 3 }, "startTimeOfDay": { "hours": 24 } }),
            json!({ "scheduleStartDate": { "year": 2026, "month": 2, "day": 3 }, "endTimeOfDay": { "hours": 2 } }),
            json!({ "scheduleStartDate": { "year": 2026, "month": 2, "day": 3 }, "scheduleEndDate": { "year": 2026, "month": 2, "day": 2 } }),
            json!({ "scheduleStartDate": { "year": 2026, "month": 2, "day": 3 }, "repeatInterval": "600s" }),
        ];
        for schedule in wrong {
            assert!(check(Some(&schedule)).is_err(), "{schedule}");
        }
    }

    #[test]
    fn runs_once_or_every_day() {
        let start = DAY + 3 * HOUR;
        assert!(!is_due(&daily(), 0, None, start - 1));
        assert!(is_due(&daily(), 0, None, start));
        assert!(!is_due(&daily(), 0, Some(start), start + DAY - 1));
        assert!(is_due(&daily(), 0, Some(start), start + DAY));
        let mut once = daily();
        once["scheduleEndDate"] = once["scheduleStartDate"].clone();
        assert!(is_due(&once, 0, None, start));
        assert!(!is_due(&once, 0, Some(start), start + 5 * DAY));
    }
}
