-- Words that somebody searched for and nobody wrote: for administrators, to write about or to name a synonym. Not who
-- searched.
CREATE TABLE search_gaps (
    -- In lower case, its words apart by one space each.
    words text CONSTRAINT search_gaps_pkey PRIMARY KEY CONSTRAINT search_gaps_words_length CHECK (length(words) BETWEEN 1 AND 100),
    times bigint NOT NULL DEFAULT 1 CONSTRAINT search_gaps_times_positive CHECK (times > 0),
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    -- An administrator looked at it: it is not shown again.
    dismissed_at timestamptz
);
CREATE INDEX search_gaps_last_idx ON search_gaps (last_at);
