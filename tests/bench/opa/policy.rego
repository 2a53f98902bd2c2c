# The policy of the bench's request as a team would write it for OPA: the fraud team's rules of tests/cases/policy, and nothing else.
package models

default verified := false

default decoded := false

# the token is verified on every request, as the manual of OPA does it
verified if {
	[valid, _, claims] := io.jwt.decode_verify(token, {
		"cert": data.jwks,
		"iss": data.issuer,
		"aud": data.audience,
	})
	valid
	permitted(claims)
}

# nobody verifies the token: less than anybody could do with
decoded if {
	[_, claims, _] := io.jwt.decode(token)
	claims.iss == data.issuer
	permitted(claims)
}

http := input.attributes.request.http

token := substring(http.headers.authorization, 7, -1) if {
	startswith(http.headers.authorization, "Bearer ")
}

permitted(claims) if {
	http.host == "fraud.models.example.com"
	["seldon", "fraud", model, "api", "v1.0", operation] = input.parsed_path
	action := actions[operation]
	some rule in rules
	model in rule.models
	action in rule.can
	some group in claims.groups
	group in rule.groups
	not "contractors" in claims.groups
}

actions := {
	"predictions": "predict",
	"explanations": "explain",
	"feedback": "feedback",
	"metadata": "metadata",
}

rules := [
	{"models": {"fraud-detector"}, "groups": {"analysts"}, "can": {"predict"}},
	{"models": {"fraud-detector"}, "groups": {"leads"}, "can": {"predict", "explain", "feedback", "metadata"}},
]
