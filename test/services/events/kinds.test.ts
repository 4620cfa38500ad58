import { ruleCase } from "../../kind-suite/cases/events.ts";
import { anyCase } from "../../kind-suite/case.ts";
import { kindSuite } from "../../kind-suite/suite.ts";

kindSuite(anyCase(ruleCase));
