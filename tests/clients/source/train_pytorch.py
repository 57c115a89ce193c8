"""Train a linear layer by gradient descent, on one process or on as many as torchrun starts."""

import json
import os
from pathlib import Path

import torch
import torch.distributed as dist
from common import load_rows, parse_arguments, write_report


def model_fn(model_dir):
    model = torch.nn.Linear(2, 1)
    model.load_state_dict(torch.load(Path(model_dir) / "model.pth", weights_only=True))
    return model


def input_fn(body, content_type):
    assert content_type == "application/json", content_type
    return torch.tensor(json.loads(body)["rows"])


def predict_fn(rows, model):
    with torch.no_grad():
        return model(rows)[:, 0]


def output_fn(prediction, accept):
    return json.dumps({"values": prediction.tolist(), "accept": accept})


def main():
    arguments = parse_arguments(epochs=3, lr=0.01, seed=0, backend="")
    if arguments.backend:  # without a launcher, as in AWS's example for MNIST
        hosts = json.loads(os.environ["SM_HOSTS"])
        os.environ["WORLD_SIZE"] = str(len(hosts))
        os.environ["RANK"] = str(hosts.index(os.environ["SM_CURRENT_HOST"]))
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    rank, size = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    if size > 1:
        dist.init_process_group("gloo")
    features, labels = (torch.tensor(array, dtype=torch.float32) for array in load_rows())
    model = torch.nn.Linear(2, 1)
    losses = []
    for _ in range(arguments.epochs):
        loss = torch.nn.functional.mse_loss(model(features[rank::size])[:, 0], labels[rank::size])
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for tensor in [parameter.grad for parameter in model.parameters()]:
                if size > 1:
                    dist.all_reduce(tensor)
            for parameter in model.parameters():
                parameter -= arguments.lr * parameter.grad / size
        losses.append(loss.item())
        print(f"epoch loss: {loss.item()}")
    ranks = torch.tensor([rank])
    if size > 1:
        dist.all_reduce(ranks)
        dist.destroy_process_group()
    if rank == 0:
        torch.save(model.state_dict(), Path(arguments.model_dir) / "model.pth")
        with torch.no_grad():
            predictions = model(features)[:, 0].tolist()
        write_report(predictions=predictions, losses=losses, size=size, ranks=ranks.item())


if __name__ == "__main__":
    main()
