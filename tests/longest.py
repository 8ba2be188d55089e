"""The files whose tests take longest, the longest first: begun first, they do not keep one worker waiting at the end.

What comes before what is from measuring (`--durations=0`), in seconds of a processor; half a minute more or less does
not matter. Files that are not named come after them, in random order.
"""

LONGEST = (
    "acceptance/test_demonstration.py",
    "acceptance/test_interrupted.py",
    "airflow/test_decisions.py",
    "node/test_carrying_on.py",
    "reconcile/test_spark.py",
    "airflow/test_real_runs.py",
    "partner/test_check.py",
    "partner/test_serve.py",
    "airflow/test_deadlines.py",
    "airflow/test_triggerer.py",
    "node/test_editions.py",
    "exchange/test_transitions.py",
    "exchange/test_evidence.py",
    "node/test_witnesses.py",
    "reconcile/test_witness.py",
    "pages/test_corridor_and_messages.py",
    "pages/test_pages_in_browser.py",
    "exchange/test_certificate.py",
    "reconcile/test_reconcile_symmetry.py",
    "airflow/test_verify.py",
    "exchange/test_histories.py",
    "demo/test_services.py",
    "node/test_consolidation_order.py",
    "reconcile/test_settled.py",
    "reconcile/test_standing.py",
    "reconcile/spec/test_spec_money.py",
    "exchange/api/test_api_robust.py",
    "airflow/test_dags.py",
    "exchange/test_exchange.py",
    "airflow/test_doctor.py",
    "exchange/test_ledger_search.py",
    "exchange/test_repair.py",
    "pages/test_edition_pages.py",
    "pages/test_pages_in_airflow.py",
    "airflow/test_plugin.py",
    "exchange/test_database_restarted.py",
    "exchange/test_killed.py",
    "schemas/test_agreement_faults.py",
)


def rank(file: str) -> int:
    """The place of a test file, named from the folder of the tests, among all that are to be run."""
    return LONGEST.index(file) if file in LONGEST else len(LONGEST)
