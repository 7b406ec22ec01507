#!/bin/sh
# Tries the API of a running Hansei with requests that its description allows and with ones that it does not, and holds
# every answer against the description. It writes and spoils reports: use a site made for it.
#
#   pip install schemathesis
#   TOKEN=hansei_… packaging/schemathesis.sh http://127.0.0.1:8080 [more options of schemathesis]
#
# TOKEN needs the scopes search:read,reports:read,reports:write,timeline:append of an author.
set -eu
site=${1:?"the address of the site"}
shift
: "${TOKEN:?"a token with the scopes of an author"}"
exec schemathesis --config-file "$(dirname "$0")/schemathesis.toml" run "$site/api/openapi.json" \
    --header "Authorization: Bearer $TOKEN" \
    --max-examples "${EXAMPLES:-60}" --continue-on-failure "$@"
