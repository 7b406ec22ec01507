DROP TABLE sign_in_failures, one_time_links, api_tokens, sessions, team_members, teams, people;
