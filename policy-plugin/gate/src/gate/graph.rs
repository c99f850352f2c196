//! The picture of a plan or a state: who can become whom.

use crosscloud_policy_model::enforcement::{Moment, Outcome, Ruling};
use crosscloud_policy_model::finding::Finding;
use crosscloud_policy_picture::{Picture, draw};

use super::Gate;
use crate::error::{GateError, InputError};
use crate::judge::{Found, Resources, on_one_sheet};
use crate::plan::{Narrowing, Plan, State};

impl Gate {
    /// Draws a plan or a state, as `terraform show -json` and `tofu show -json` write them: everything that will be there, also what the plan
    /// leaves as it is, with what the policies find in it. Rules that are switched off object to nothing; waived findings say so.
    ///
    /// # Errors
    /// [`GateError`] where the text is neither, or a policy does not answer: without verdicts, a picture would look sound that is not.
    pub fn graph(&self, text: &str) -> Result<Picture, GateError> {
        let (document, found) = match Plan::read(text) {
            Ok(plan) => {
                let configuration = plan.configuration()?;
                let narrowing = Narrowing::new(&plan, &configuration);
                on_one_sheet(&Resources::of_plan(&plan, &narrowing, true)?, &self.policies)?
            }
            Err(InputError::State) => on_one_sheet(&Resources::of_state(&State::read(text)?), &self.policies)?,
            Err(error) => return Err(error.into()),
        };
        let findings: Vec<Finding> = found.into_iter().flat_map(|found| self.standing(found)).collect();
        Ok(draw(&document, &findings))
    }

    /// The finding, unless its rule is switched off.
    fn standing(&self, Found { address, finding }: Found) -> Vec<Finding> {
        let rulings = self.policies.enforcement.rule(&address, vec![finding], Moment::Final, self.today);
        let drawn = rulings.into_iter().filter(|ruling| ruling.outcome != Outcome::Off);
        drawn.map(|ruling| self.with_waiver(ruling)).collect()
    }

    fn with_waiver(&self, ruling: Ruling) -> Finding {
        let mut finding = ruling.finding;
        let waiver = ruling.waiver.filter(|_| ruling.outcome == Outcome::Waived);
        if let Some(waiver) = waiver.and_then(|index| self.policies.enforcement.waivers().get(index)) {
            let words = format!(
                " Waived by {} until {}: {}.",
                waiver.owner,
                waiver.expires,
                waiver.reason.trim_end_matches('.')
            );
            finding.message.push_str(&words);
        }
        finding
    }
}
