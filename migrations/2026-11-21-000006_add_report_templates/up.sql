-- What a new report begins with. Administrators edit these; the seven below are where they start.

CREATE TABLE report_templates (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT report_templates_pkey PRIMARY KEY,
    -- In addresses and links of bots: it stays when the name changes.
    word text NOT NULL CONSTRAINT report_templates_word_key UNIQUE
        CONSTRAINT report_templates_word_shape CHECK (length(word) <= 60 AND word ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name text NOT NULL CONSTRAINT report_templates_name_length CHECK (length(btrim(name)) BETWEEN 1 AND 80),
    description text NOT NULL DEFAULT '' CONSTRAINT report_templates_description_length CHECK (length(description) <= 300),
    kind text NOT NULL CONSTRAINT report_templates_kind_known CHECK (kind IN ('incident', 'near_miss', 'exercise')),
    -- Empty: any severity, and none.
    severities smallint[] NOT NULL DEFAULT '{}' CONSTRAINT report_templates_severities_known CHECK (severities <@ '{1,2,3,4,5}'::smallint[]),
    visibility text NOT NULL DEFAULT 'open' CONSTRAINT report_templates_visibility_known CHECK (visibility IN ('open', 'restricted')),
    -- Where it stands in lists; of two that fit equally well, the first is taken.
    position integer NOT NULL CONSTRAINT report_templates_position_range CHECK (position BETWEEN 0 AND 10000),
    archived_at timestamptz,
    -- What stale saves are judged by.
    revision integer NOT NULL DEFAULT 1 CONSTRAINT report_templates_revision_positive CHECK (revision > 0),
    CONSTRAINT report_templates_near_miss_without_severity CHECK (kind <> 'near_miss' OR severities = '{}')
);
CREATE UNIQUE INDEX report_templates_name_key ON report_templates (lower(name));

CREATE TABLE report_template_sections (
    template_id bigint NOT NULL CONSTRAINT report_template_sections_template_fkey REFERENCES report_templates (id) ON DELETE CASCADE,
    position integer NOT NULL CONSTRAINT report_template_sections_position_range CHECK (position BETWEEN 0 AND 39),
    heading text NOT NULL CONSTRAINT report_template_sections_heading_length CHECK (length(btrim(heading)) BETWEEN 1 AND 120),
    guidance text NOT NULL DEFAULT '' CONSTRAINT report_template_sections_guidance_length CHECK (length(guidance) <= 1000),
    is_required boolean NOT NULL DEFAULT false,
    CONSTRAINT report_template_sections_pkey PRIMARY KEY (template_id, position)
);
CREATE UNIQUE INDEX report_template_sections_heading_key ON report_template_sections (template_id, lower(heading));

INSERT INTO report_templates (word, name, description, kind, visibility, position) VALUES
    ('standard', 'Standard incident', 'Something broke. The whole story, from the first sign to what we will try.', 'incident', 'open', 10),
    ('debrief', 'Debrief', 'How the work looked to those who did it, and what surprised them.', 'incident', 'open', 20),
    ('contributors-mitigators-risks', 'Contributors, mitigators, risks', 'What made it possible, what kept it small, and what could still happen.', 'incident', 'open', 30),
    ('security', 'Security incident', 'Somebody could reach what they should not. Only for those named on it.', 'incident', 'restricted', 40),
    ('near-miss', 'Near miss', 'Something nearly broke. Three questions, fifteen minutes.', 'near_miss', 'open', 50),
    ('exercise', 'Exercise', 'A game day: what was rehearsed, and what it showed.', 'exercise', 'open', 60),
    ('blank', 'Blank', 'An empty page, for a story that fits no form.', 'incident', 'open', 70);

INSERT INTO report_template_sections (template_id, position, heading, guidance, is_required)
SELECT t.id, s.position, s.heading, s.guidance, s.is_required
FROM report_templates t JOIN (VALUES
    ('standard', 0, 'Summary', true,
        'What would a colleague who was not there need to know? Two or three sentences: what people saw, for how long, and how it ended.'),
    ('standard', 1, 'Impact', true,
        'Who was affected, how many, and for how long? What numbers show it, and where can a reader look them up?'),
    ('standard', 2, 'Timeline', true,
        'What happened, in order, beginning before the trigger? What did responders know at each moment, and what evidence shows it?'),
    ('standard', 3, 'Detection', false,
        'How did we learn of it: from an alert, a colleague, a customer? What would have told us sooner?'),
    ('standard', 4, 'Contributing factors', true,
        'What had to come together for this to happen, to spread, or to last? How did each of these make sense to the people who worked with it at the time?'),
    ('standard', 5, 'Resolution', false,
        'What ended the impact, and how did people find that way out? What else was tried, and what did it teach?'),
    ('standard', 6, 'What went well', false,
        'What helped and should be kept: a tool, a habit, a decision, help that was asked for early?'),
    ('standard', 7, 'What went poorly', false,
        'What made the work harder: missing information, unclear signals, slow tools, waiting for access?'),
    ('standard', 8, 'Where we got lucky', false,
        'What could have made this worse, but did not? How would it have gone on a busier day?'),
    ('standard', 9, 'What surprised us', false,
        'What turned out to work differently from how we thought? What do we understand now that we did not before?'),
    ('standard', 10, 'What saved us', false,
        'What safeguard, habit or slack kept this from growing? What keeps it in place?'),
    ('standard', 11, 'Open questions', false,
        'What do we still not understand? How could we find out?'),
    ('standard', 12, 'Countermeasures', false,
        'What will we try, against which factor, and what do we expect to change? How and when will we check whether it did? None is a fine answer: learning comes first.'),

    ('debrief', 0, 'Summary', true,
        'What happened, in the words of those who were there? What would they tell a colleague over lunch?'),
    ('debrief', 1, 'Timeline', true,
        'What did each person see, take it to mean, and do next? What did they not know yet at that moment?'),
    ('debrief', 2, 'How it made sense', false,
        'What made each step look like the right one? What pressures, habits and earlier incidents shaped it?'),
    ('debrief', 3, 'What surprised us', true,
        'What did not match how we thought the system, or each other''s work, worked? What did it show us about the gap between the two?'),
    ('debrief', 4, 'What saved us', false,
        'How did people adapt when the plan did not fit? What did they know that is written down nowhere?'),
    ('debrief', 5, 'Contributing factors', false,
        'What conditions, some of them long there, made this possible? Which of them are still with us today?'),
    ('debrief', 6, 'Open questions', false,
        'What do the accounts not agree on, and what would each side need to see? What would we ask if we met again?'),
    ('debrief', 7, 'Countermeasures', false,
        'What small experiment would teach us most? How will we know what it did, and when will we look?'),

    ('contributors-mitigators-risks', 0, 'Summary', true,
        'What would a colleague who was not there need to know? Two or three sentences are enough.'),
    ('contributors-mitigators-risks', 1, 'Impact', false,
        'Who was affected, how many, and for how long? What numbers show it?'),
    ('contributors-mitigators-risks', 2, 'Timeline', false,
        'What are the moments without which the story cannot be followed? What evidence shows each of them?'),
    ('contributors-mitigators-risks', 3, 'Contributing factors', true,
        'Contributors: what made this more likely, bigger or longer? What in technology, in how we work and in what we knew had to come together?'),
    ('contributors-mitigators-risks', 4, 'What saved us', true,
        'Mitigators: what made it smaller or shorter? What did people and safeguards do that nobody had planned for?'),
    ('contributors-mitigators-risks', 5, 'Risks', true,
        'What could still happen because of what we saw? How likely would it be, and what would be the first sign?'),
    ('contributors-mitigators-risks', 6, 'Countermeasures', false,
        'What will we try against which contributor or risk, and which mitigator do we want to keep? How and when will we check the effect?'),

    ('security', 0, 'Summary', true,
        'What could be reached, by whom, and how was it ended? What do we know for sure, and what do we only assume?'),
    ('security', 1, 'Impact', true,
        'What data, accounts or systems were within reach, between when and when? How do we know, and what do the logs not show?'),
    ('security', 2, 'Timeline', true,
        'What happened, from the first access on, in order? What evidence shows it, and when did responders learn of it?'),
    ('security', 3, 'Detection', true,
        'How did we learn of it, and from whom? What signals were there before, and what would have made them visible?'),
    ('security', 4, 'Resolution', true,
        'How was access ended and trust restored: what was revoked, rotated, rebuilt? What shows that it is really over?'),
    ('security', 5, 'Evidence', false,
        'What logs, images and messages are kept, where, and until when? Link to them: secrets and personal data stay out of this report.'),
    ('security', 6, 'Who has to know', true,
        'What do law, contracts and fairness ask us to tell, to whom, and by when? How will those affected hear of it in plain words?'),
    ('security', 7, 'Contributing factors', true,
        'What conditions made this possible, and how did each of them make sense at the time? What in them also holds elsewhere?'),
    ('security', 8, 'What saved us', false,
        'What limited what could be reached: a permission, a separation, somebody who asked? What keeps it in place?'),
    ('security', 9, 'Open questions', false,
        'What do we still not know about what was done? How could we find out?'),
    ('security', 10, 'Countermeasures', false,
        'What will we try, against which factor? How and when will we check that it holds against somebody who tries?'),

    ('near-miss', 0, 'What nearly happened?', true,
        'What was about to go wrong, and how was it noticed? What would people have seen if it had?'),
    ('near-miss', 1, 'What saved us?', true,
        'What stopped it: a safeguard, a habit, a question, luck? How much can we count on it next time?'),
    ('near-miss', 2, 'What would stop it next time?', false,
        'What one thing would we try, and how would we know that it works? Nothing is a fine answer.'),

    ('exercise', 0, 'Summary', true,
        'What was rehearsed, with whom, and what is the one thing to remember? Two or three sentences are enough.'),
    ('exercise', 1, 'What we expected', true,
        'What did we break or pretend, and what did we believe would happen? What would have shown us wrong?'),
    ('exercise', 2, 'How we kept it safe', false,
        'What limited who could be affected, and who knew? What would have made us stop?'),
    ('exercise', 3, 'Timeline', false,
        'What happened, in order, and what did people know at each moment? What evidence shows it?'),
    ('exercise', 4, 'What surprised us', true,
        'What went differently from what we expected, in the system or in how we worked together?'),
    ('exercise', 5, 'What went well', false,
        'What worked as hoped, and what makes us think it would work in the night as well?'),
    ('exercise', 6, 'What went poorly', false,
        'What made it harder than it needed to be: runbooks, access, tools, finding each other?'),
    ('exercise', 7, 'Open questions', false,
        'What did we not get to, and what should the next exercise try?'),
    ('exercise', 8, 'Countermeasures', false,
        'What will we try because of this, and what do we expect to change? How would the next exercise show it?')
) AS s (word, position, heading, is_required, guidance) ON s.word = t.word;
