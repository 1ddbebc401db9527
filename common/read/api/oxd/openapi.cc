#include "common/read/api/oxd/openapi.h"

#include <string>
#include <utility>

namespace ox {
namespace {

constexpr std::string_view kDescription = R"json({
  "openapi": "3.0.3",
  "info": {
    "title": "oxd: reading events",
    "version": "1",
    "description": "Events of a log directory, newest first, counted, and by their fields. Answers may be compressed with gzip."
  },
  "paths": {
    "/api/v1/oxd/query": {
      "get": {
        "summary": "The newest events, one a line",
        "parameters": [
          @filters,
          {"name": "limit", "in": "query", "description": "How many events at most. More than 10,000 are sent as they are found, in chunks: an error that comes after the first is the last line, {\"error\": ...}, and closing the connection ends the search",
           "schema": {"type": "integer", "minimum": 1, "maximum": 281474976710656, "default": 100}},
          {"name": "offset", "in": "query", "description": "How many of the newest are passed over",
           "schema": {"type": "integer", "minimum": 0, "default": 0}},
          {"$ref": "#/components/parameters/places"}
        ],
        "responses": {
          "200": {"description": "Events", "content": {"application/x-ndjson": {"schema": {"$ref": "#/components/schemas/Event"}}}},
          @errors, "413": {"$ref": "#/components/responses/Error"}
        }
      }
    },
    "/api/v1/oxd/tail": {
      "get": {
        "summary": "Events as they come, as server-sent events",
        "description": "Each has its JSON as data and a position as id; who comes again with Last-Event-ID goes on behind that event, without a gap or a repeat. A comment comes every 15 seconds without an event. Without since and Last-Event-ID only what is new.",
        "parameters": [
          @filters,
          {"name": "Last-Event-ID", "in": "header", "description": "The id of an event: those behind it are sent",
           "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/places"}
        ],
        "responses": {
          "200": {"description": "Events, until the client closes the connection", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
          @errors
        }
      }
    },
    "/api/v1/oxd/context": {
      "get": {
        "summary": "An event and those around it",
        "description": "Which one is said by id, or by file and offset; with all three, the event at this place is it when it has this id. Without a parameter that selects events, those beside it in its log file, as they were written; with one, those selected, whatever their files, around it in time. An event that was deleted is not found, and is nobody's neighbour.",
        "parameters": [
          {"name": "id", "in": "query", "description": "Of the event, text or a whole number. Of several that have it, the one that is stored first",
           "schema": {"type": "string"}},
          {"name": "file", "in": "query", "description": "The place of the event, as query with places=true tells it",
           "schema": {"type": "string"}},
          {"name": "offset", "in": "query", "description": "The same", "schema": {"type": "integer", "minimum": 0}},
          {"name": "before", "in": "query", "description": "How many events before it at most",
           "schema": {"type": "integer", "minimum": 0, "maximum": 1000, "default": 10}},
          {"name": "after", "in": "query", "description": "How many behind it",
           "schema": {"type": "integer", "minimum": 0, "maximum": 1000, "default": 10}},
          @filters
        ],
        "responses": {
          "200": {"description": "The event and its neighbours, each with its place", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Context"}}}},
          @errors, "404": {"$ref": "#/components/responses/Error"}, "413": {"$ref": "#/components/responses/Error"}
        }
      }
    },
    "/api/v1/oxd/nodes": {
      "get": {
        "summary": "What nodes tell of themselves",
        "description": "Of the oxds at --host, each asked once a second at most; none without that option. A node that does not answer has an error. Takes the role admin.",
        "parameters": [],
        "responses": {
          "200": {"description": "The nodes, as --host names them", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Nodes"}}}},
          "401": {"$ref": "#/components/responses/Error"}, "403": {"$ref": "#/components/responses/Error"},
          "503": {"$ref": "#/components/responses/Error"}
        }
      }
    },
    "/api/v1/oxd/hits": {
      "get": {
        "summary": "How many events there are, by time",
        "parameters": [
          @filters,
          {"name": "group", "in": "query", "description": "What a bucket is",
           "schema": {"type": "string", "enum": ["quarter", "hour", "day"], "default": "hour"}},
          {"name": "timezone", "in": "query", "description": "Whose hours and days, by an IANA name",
           "schema": {"type": "string", "default": "UTC"}}
        ],
        "responses": {
          "200": {"description": "Buckets that are not empty, ascending",
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Hits"}}}},
          @errors
        }
      }
    },
    "/api/v1/oxd/facets": {
      "get": {
        "summary": "The most frequent types, hosts, levels and names",
        "parameters": [
          @filters,
          {"$ref": "#/components/parameters/top"}
        ],
        "responses": {
          "200": {"description": "Values and how often they occur", "content": {"application/json": {"schema": {
            "type": "object", "required": ["type", "host", "body.level", "body.name"],
            "additionalProperties": {"$ref": "#/components/schemas/Values"}}}}},
          @errors
        }
      }
    },
    "/api/v1/oxd/field_names": {
      "get": {
        "summary": "Which fields events have",
        "parameters": [
          @filters,
          {"$ref": "#/components/parameters/top"}
        ],
        "responses": {
          "200": {"description": "Names and in how many events they are",
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Values"}}}},
          @errors
        }
      }
    },
    "/api/v1/oxd/field_values": {
      "get": {
        "summary": "The most frequent values of a field",
        "parameters": [
          {"name": "field", "in": "query", "required": true, "description": "Its name: host, body.user, body.http.status",
           "schema": {"type": "string"}, "example": "body.message"},
          @filters,
          {"$ref": "#/components/parameters/top"}
        ],
        "responses": {
          "200": {"description": "Values and how often they occur",
                  "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Values"}}}},
          @errors
        }
      }
    }
  },
  "components": {
    "parameters": {
      "type": {"name": "type", "in": "query", "description": "Types, with commas between them; with a * at the end, all that begin so",
               "schema": {"type": "string"}, "example": "chronologer"},
      "host": {"name": "host", "in": "query", "description": "Hosts, with commas between them", "schema": {"type": "string"}},
      "since": {"name": "since", "in": "query", "description": "The earliest end of an event, ISO 8601, inclusive",
                "schema": {"type": "string"}, "example": "2017-07-14T00:00:00Z"},
      "until": {"name": "until", "in": "query", "description": "The latest, inclusive", "schema": {"type": "string"}},
      "level": {"name": "level", "in": "query", "description": "This level and above: a number or a name",
                "schema": {"type": "string"}, "example": "debug"},
      "where": {"name": "where", "in": "query", "description": "An SQL expression; takes the role query-reader",
                "schema": {"type": "string"}, "example": "level >= 0"},
      "places": {"name": "places", "in": "query", "description": "Each event has its place beside its own keys",
                 "schema": {"type": "string", "enum": ["true", "false"], "default": "false"}},
      "top": {"name": "limit", "in": "query", "description": "How many values at most",
              "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 20}}
    },
    "responses": {
      "Error": {"description": "What was wrong", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
    },
    "schemas": {
      "Event": {"type": "object", "description": "As it is stored: id, type, host, pid, start, end, body", "properties": {
        "place": {"type": "object", "required": ["file", "offset"], "description": "Not stored: where it lies, when places are asked for", "properties": {
          "file": {"type": "string", "description": "The log file, below the log directory, as it is called while it is not compressed"},
          "offset": {"type": "integer", "description": "Where the event begins in it, not compressed"}}}}},
      "Context": {"type": "object", "required": ["event", "before", "after"], "properties": {
        "event": {"$ref": "#/components/schemas/Event"},
        "before": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}, "description": "In order: the last one is next to the event"},
        "after": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}, "description": "In order: the first one is next to the event"}}},
      "Nodes": {"type": "object", "required": ["nodes"], "properties": {
        "nodes": {"type": "array", "items": {"type": "object", "required": ["address"], "properties": {
          "address": {"type": "string", "description": "Its control address"},
          "error": {"type": "string", "description": "Why there is nothing else"},
          "status": {"type": "object", "description": "The reply to STATUS (proto/README.md) without events and hosts: node, ports, warnings, counters, gauges, spool, outputs, peers, streams, last, lag"},
          "total": {"type": "object", "required": ["types", "hosts", "events", "bytes", "dropped"], "additionalProperties": {"type": "integer"},
                    "description": "How many types and hosts it knows, and what came of all types"},
          "rates": {"type": "object", "required": ["events", "bytes", "seconds"], "additionalProperties": {"type": "number"},
                    "description": "A second, since it was last asked, so many seconds before; absent when that is not known"}}}}}},
      "Hits": {"type": "object", "required": ["group", "total", "buckets"], "properties": {
        "group": {"type": "string"}, "total": {"type": "integer"},
        "buckets": {"type": "array", "items": {"type": "object", "required": ["start", "count"], "properties": {
          "start": {"type": "integer", "description": "Unix seconds"}, "count": {"type": "integer"}}}}}},
      "Values": {"type": "object", "required": ["values", "distinct", "others"], "properties": {
        "values": {"type": "array", "items": {"type": "object", "required": ["value", "count"], "properties": {
          "value": {"type": "string"}, "count": {"type": "integer"}}}},
        "distinct": {"type": "integer", "description": "Different values; 10,000 are told apart at most"},
        "others": {"type": "integer", "description": "How often further values, and very long ones, occur"}}},
      "Error": {"type": "object", "required": ["error"], "properties": {
        "error": {"type": "object", "required": ["type", "message"], "properties": {
          "type": {"type": "string"}, "message": {"type": "string"}}}}}
    }
  }
}
)json";

// What most operations have, once.
constexpr std::pair<std::string_view, std::string_view> kShared[] = {
    {"@filters",
     R"({"$ref": "#/components/parameters/type"}, {"$ref": "#/components/parameters/host"},
          {"$ref": "#/components/parameters/since"}, {"$ref": "#/components/parameters/until"},
          {"$ref": "#/components/parameters/level"}, {"$ref": "#/components/parameters/where"})"},
    {"@errors",
     R"("400": {"$ref": "#/components/responses/Error"}, "401": {"$ref": "#/components/responses/Error"},
          "403": {"$ref": "#/components/responses/Error"}, "503": {"$ref": "#/components/responses/Error"})"}};

std::string expanded(std::string text) {
  for (const auto& [mark, meaning] : kShared)
    for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos;)
      text.replace(at, mark.size(), meaning);
  return text;
}

}  // namespace

std::string_view oxd_openapi() {
  static const std::string description = expanded(std::string(kDescription));
  return description;
}

}  // namespace ox
