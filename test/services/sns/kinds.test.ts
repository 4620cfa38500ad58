import { fifoTopicCase, topicCase } from "../../kind-suite/cases/sns.ts";
import { anyCase } from "../../kind-suite/case.ts";
import { kindSuite } from "../../kind-suite/suite.ts";

kindSuite(anyCase(topicCase), anyCase(fifoTopicCase));
