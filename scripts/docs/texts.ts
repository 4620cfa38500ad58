/** The words at the top of `docs/config.md`: what holds in every section. */
export const TEXTS = `
## What holds everywhere

- **Files.** \`config/lakehouse.yaml\` describes the lakehouse; \`config/<env>.yaml\` is the environment's overlay. Maps merge, lists and single values replace. The overlay may say any key. \`metriccare config show --env <env>\` prints the merged config, \`config show --expanded\` what follows from it.
- **Ids.** The keys of maps such as \`jobs\` or \`tables\` are ids: they name an entry within the config and become part of its name in AWS, \`<project>_<id>_<env>\` (buckets: \`<project>-<id>-<env>-<account>-<region>\`). \`name\` chooses another one, \`formerly\` tells what it was called before.
- **References.** A key whose type is *id in a section, or ARN* takes the id of an entry, or the ARN of something that is not ours (its name, where AWS takes names).
- **Existing.** An entry with \`existing: <ARN or name>\` is an id for something that is not ours: it is never made, changed, marked, emptied or destroyed. References to it resolve, and rights for it are derived.
- **Texts.** In every text, \`\${env}\`, \`\${project}\`, \`\${account}\`, \`\${region}\` and \`\${partition}\` stand for what they say, and \`\${<section>.<id>.name}\`, \`.arn\` and \`.url\` for the name, ARN and URL of an entry (\`url\` of a bucket: \`s3://<name>/\`). \`$\${\` is a literal \`\${\`. What names nothing is a mistake, told with file, line and column.
- **Common parts.** YAML's anchors and the merge key \`<<\` say once what several entries share; what an entry says itself beats what it merges:

\`\`\`yaml
jobs:
  first: &job
    role: arn:aws:iam::111122223333:role/given
    script: glue_job/first.py
    timeout: 30
  second:
    <<: *job
    script: glue_job/second.py
\`\`\`

- **Settings without a word.** An optional setting that the config never names is not managed: no call reads it, and what somebody set in AWS stays.
- **Mistakes** are told with file, line, column and the nearest word that exists; unknown keys are mistakes.

In the tables below \`<id>\` stands for a key that you choose and \`[]\` for each entry of a list. *AWS's name* is the field of AWS's API that the key becomes, where it has one of that name; *Terraform's* is the argument of its AWS provider that says the same (all of them: [coverage.md](coverage.md)). A default in words stands in the description.
`;
