{# Lets a role of PostgreSQL read the schemas that dbt has just built, and change nothing. #}
{% macro allow_lineup(schemas, role) %}
  {% for schema in schemas %}
    grant usage on schema {{ schema }} to {{ role }};
    grant select on all tables in schema {{ schema }} to {{ role }};
  {% endfor %}
{% endmacro %}
