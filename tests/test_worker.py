"""T-JOB-1: the broker is not trusted. What the worker takes from it is JSON, or thrown away."""

import os

import pytest
from kombu.exceptions import ContentDisallowed

from partnercenter.celery import app


class _Program:
    """Unpickled, it would make a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.fixture
def taken():
    """`taken(content, serializer)`: put into the queue and decoded as the worker does."""

    def take(content, serializer):
        queue = app.amqp.queues[app.conf.task_default_queue]
        with app.connection_for_write() as connection, connection.channel() as channel:
            bound = queue(channel)
            bound.declare()
            bound.purge()
            with app.amqp.Producer(channel) as producer:
                producer.publish(
                    content, serializer=serializer, exchange="", routing_key=queue.name
                )
            message = bound.get(no_ack=True, accept=app.conf.accept_content)
            return message.decode()

    return take


def test_a_pickled_message_is_refused_and_never_unpickled(taken, tmp_path):
    made = tmp_path / "made"
    with pytest.raises(ContentDisallowed):
        taken([[], {"program": _Program(str(made))}, {}], "pickle")
    assert not made.exists()


@pytest.mark.parametrize("serializer", ["yaml", "msgpack"])
def test_no_other_way_of_writing_is_taken(serializer):
    assert app.conf.accept_content == ["json"]
    assert serializer not in app.conf.accept_content


def test_a_message_in_json_is_taken(taken):
    assert taken([[], {"n": 1}, {}], "json") == [[], {"n": 1}, {}]


def test_the_worker_is_made_with_what_the_settings_accept():
    with app.connection_for_read() as connection:
        consumer = app.amqp.TaskConsumer(connection.channel())
        assert consumer.accept == {"application/json"}
