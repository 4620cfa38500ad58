import { groupCase, scheduleCase } from "../../kind-suite/cases/scheduler.ts";
import { anyCase } from "../../kind-suite/case.ts";
import { kindSuite } from "../../kind-suite/suite.ts";

kindSuite(anyCase(groupCase), anyCase(scheduleCase));
